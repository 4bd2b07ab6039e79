"""Why a feed is lost, in words: the reasons that our own adapters give. What other systems say of it stays as it is."""

# One key, one entry: the lines of a sentence belong together, which the formatter would tear apart.
# fmt: off
LOSSES: dict[str, tuple[str, str]] = {
    "loss.not_running": ("floorwatch was not running", "floorwatch 未在运行"),
    "loss.unreachable": ("it cannot be reached", "无法连接"),
    "loss.closed": ("it closed the connection", "对方关闭了连接"),
    "loss.disconnected": ("it closed the connection", "对方关闭了连接"),
    "loss.connection_lost": ("the connection broke", "连接中断"),
    "loss.connection_refused": ("the broker refused the connection", "消息代理拒绝连接"),
    "loss.session_taken_over": ("another client took over its session", "会话被另一客户端占用"),
    "loss.silent": ("it does not answer any more", "不再应答"),
    "loss.no_answer": ("it does not answer", "没有应答"),
    "loss.quiet": ("nothing was heard for longer than its 'quiet'", "静默超过 quiet 设定"),
    "loss.login_refused": ("it refused our login", "登录被拒绝"),
    "loss.address_refused": ("it takes no connection from this address", "拒绝来自本机地址的连接"),
    "loss.subscription_refused": ("we may not hear its events", "无权订阅其事件"),
    "loss.no_login": ("it does not answer like a manager interface", "应答不像管理接口"),
    "loss.not_an_event_socket": ("it does not answer like an event socket", "应答不像事件套接字"),
    "loss.no_callcenter": ("its module of queues is not loaded", "其队列模块未加载"),
    "loss.overflow": ("it told more than could be taken in", "事件过多，来不及接收"),
    "loss.restart": ("it restarts", "正在重启"),
    "loss.shutdown": ("it was shut down", "已停机"),
    "loss.publisher_offline": ("its publisher is offline", "其发布端已离线"),
}
# fmt: on
"""`loss.` and the reason of a `source.down`, to the words for it: half a sentence, which follows a colon."""


def loss(reason: str) -> dict[str, str]:
    """Language to words for the reason of a `source.down`; one that is none of ours is said as it came."""
    english, chinese = LOSSES.get(f"loss.{reason}", (reason, reason))
    return {"en": english, "zh": chinese}

"""The words of the sign-in page."""

from __future__ import annotations

# A table is read by its rows.
# fmt: off
SIGN_IN: dict[str, tuple[str, str]] = {
    "sign_in.title": ("Sign in", "登录"),
    "sign_in.label": ("Token", "令牌"),
    "sign_in.hint": ("Paste the token you were given. This browser keeps it until you sign out.",
                     "请粘贴发给您的令牌。本浏览器会保存它，直到您退出。"),
    "sign_in.enter": ("Sign in", "登录"),
    "sign_in.again": ("I am signed in already", "我已登录"),
    "sign_in.wrong": ("This token is not known.", "此令牌无效。"),
    "sign_in.machine": ("This token is for a machine (role {role}), not for a person.",
                        "此令牌供机器使用（角色 {role}），不能用于登录。"),
    "sign_in.wait": ("Too many wrong tokens. Try again in {wait_ms:span}.",
                     "错误次数过多，请在 {wait_ms:span}后重试。"),
    "sign_in.known": ("Signed in as {name}, role {role}.", "已登录：{name}，角色 {role}。"),
    "sign_in.not_enough": ("This page is for the role {role}.", "本页仅供角色 {role} 使用。"),
    "sign_in.board": ("To the wallboard", "前往看板"),
    "sign_in.leave": ("Sign out", "退出"),
}

"""The words of outputs: what a test says of itself."""

from __future__ import annotations

# A table is read by its rows.
# fmt: off
OUTPUTS: dict[str, tuple[str, str]] = {
    "output.test": ("TEST of the output {output}: nothing is wrong on the floor.",
                    "输出 {output} 测试：现场一切正常。"),
    "output.test_public": ("Nobody has to do anything. This is the form for everybody, which names no one.",
                           "无需任何操作。此为公开版本，不含任何姓名。"),
    "output.test_lead": ("Nobody has to do anything. This is the form for leads, which may name individuals.",
                         "无需任何操作。此为组长版本，可能包含姓名。"),
    "output.test_person": ("Nobody has to do anything. This is one of the ways you are told when you are on call.",
                           "无需任何操作。这是您值班时接收通知的方式之一。"),
}
# fmt: on

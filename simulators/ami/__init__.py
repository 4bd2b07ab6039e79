"""An Asterisk that is none: the manager interface of an Asterisk 22, with a floor in it.

What it says, in which order and with which headers, is what a real one said in recorded days. It is fed with events of
the contract, so a monitor that listens to it must come to the figures of those events, to the millisecond, but for what
the manager interface has no words for:

| of the contract | told as | so a monitor sees |
| --- | --- | --- |
| `agent.state` `wrap_up` | nothing | no wrap-up but the one it times itself by `wrap_up:`; else `available` |
| `agent.state` `alerting` `talking` `on_hold` | nothing; the contact's own events tell it | `available` without them |
| `agent.state` `paused` without a queue | a pause in each of the agent's queues | the same pause, named by queue |
| `agent.state` before a queue of the agent is known | nothing until then (see `seats`) | the agent from then on |
| an agent who is a member of nothing and takes a contact | joins its queue | `available` after it |
| `agent.described` | the name, as caller id of the agent's phone | neither team nor site |
| `channel`, `priority`, `caller` of `contact.offered` | every contact is a call from a fictional number | `voice` |
| `contact` | a Uniqueid, one per call; of two visits open at once, one each | other contact ids |
| `contact.refused` `closed` | QUEUESTATUS JOINEMPTY | `empty` |
| `contact.declined` without a reason | the ringing ran out | `no_answer` |
| `contact.exited` `overflow` | a time-out, then the next queue's join | `timeout` |
| `contact.exited` `callback` | the leave by a key | `key` |
| `contact.exited` `transferred` `unknown` `other` | QUEUESTATUS WITHDRAW | `withdrawn` |
| `contact.ended` by the `system`, or by nobody named | the agent hung up | by `agent` |
| `contact.transferred` without a mode | a blind transfer | `blind` |
| an answer or a decline without `contact.alerting` | ringing for less than a millisecond | the same figures |
| `source.*`, `schedule.loaded`; contacts of `floor.reported` | nothing; its members and states are taken | nothing |

A list answers in whole seconds (`Wait`, `LastPause`), so who connects in the middle of the day knows the waits and
pauses that are under way then no better. A queue with a comma in its name cannot be told.
"""

from simulators.ami.speaker import AmiSpeaker

__all__ = ["AmiSpeaker"]

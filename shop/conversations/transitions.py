"""Which state of a conversation may follow which. docs/states.md is written from this."""

from shop.conversations.models import TalkState
from shop.core.states import BEGINNING, Move, StateTable

_CLOSE = ("conversations.close_conversation", "conversations.forget_person")
_CLOSED = "conversation.closed, conversation.erased"

CONVERSATION = StateTable(
    "Conversation",
    "conversations.Conversation.state",
    (
        Move(
            BEGINNING,
            TalkState.OPEN,
            "a buyer asks",
            ("conversations.start_conversation",),
            "opened_at",
        ),
        Move(
            TalkState.OPEN,
            TalkState.ANSWERED,
            "the supplier or the shop answers",
            ("conversations.write_message",),
            "Message.sent_at",
        ),
        *(
            Move(
                old,
                TalkState.OPEN,
                "the buyer writes again",
                ("conversations.start_conversation",),
                "Message.sent_at",
            )
            for old in (TalkState.ANSWERED, TalkState.CLOSED)
        ),
        *(
            Move(old, TalkState.CLOSED, "nothing is left to answer", _CLOSE, _CLOSED)
            for old in (TalkState.OPEN, TalkState.ANSWERED)
        ),
    ),
)
TABLES = (CONVERSATION,)

"""What a type of notification is made of."""

from dataclasses import dataclass
from typing import Final

from accounts.constants import Language
from notifications.constants import Audience
from notifications.constants import DeliveryChannel as Channel

EMAIL_AND_LIVE: Final = frozenset({Channel.EMAIL, Channel.LIVE})
LIVE_ONLY: Final = frozenset({Channel.LIVE})
EVERYWHERE: Final = frozenset(Channel)


@dataclass(frozen=True)
class Text:
    """What is said in one language; `{names}` are filled in by the handlers.

    `sms` names nothing that people choose, so that nobody can have us send their words.
    """

    title: str
    body: str
    sms: str = ""


@dataclass(frozen=True)
class Kind:
    """One type; `page` is its address in the shop front (the console's, for staff).

    `channels` are those that it goes by unless the user chose otherwise. Security messages go to
    the contact that certainly reaches the owner, at any hour, whatever the user chose.
    """

    audience: Audience
    vi: Text
    en: Text
    channels: frozenset[Channel] = EMAIL_AND_LIVE
    page: str = ""
    is_security: bool = False

    @property
    def allowed(self) -> frozenset[Channel]:
        """The channels that a user may choose from."""
        return EVERYWHERE if self.vi.sms else EMAIL_AND_LIVE

    def text(self, language: str) -> Text:
        """Return what it says; a language that is not there falls back to Vietnamese."""
        return self.en if language == Language.ENGLISH else self.vi

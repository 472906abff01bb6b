"""Where the brokers' board lives in the admin."""

from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from cms_models.brokerage.models import Release
from theme.admin.board.acts import (
    AnswerQuestion,
    ApproveBudget,
    DecideIndividually,
    PassOn,
    ProposeOne,
    ReadMessages,
    ReleasePackage,
    SetQuestions,
    StateRequirement,
    WithdrawRelease,
    WriteMessage,
)
from theme.admin.board.awarding import (
    AwardOffer,
    AwardProposed,
    DeclineProposed,
    GivePackage,
    ScoreOffer,
)
from theme.admin.board.package import BrokeragePage
from theme.admin.board.sharing import ProposeExchange, StreetSharing
from theme.admin.board.views import (
    BoardCards,
    BoardChanges,
    BoardNews,
    BoardPage,
    MoveCard,
    ProposeAll,
)

ACTS = (
    *(StateRequirement, SetQuestions, ApproveBudget, DecideIndividually, ReleasePackage),
    *(WithdrawRelease, PassOn, AnswerQuestion, WriteMessage, ProposeOne, ScoreOffer, AwardOffer),
    *(AwardProposed, DeclineProposed, GivePackage, ReadMessages),
)


class BoardItem(MenuItem):
    """The menu's way to the board, for roles that see releases."""

    def is_shown(self, request: HttpRequest) -> bool:
        """Show it to roles that may view releases."""
        return request.user.may_view(Release)


@hooks.register("register_admin_urls")
def board_urls() -> list[URLPattern]:
    """Return the addresses of the board, of street sharing and of a package's brokerage."""
    return [
        path("board/", BoardPage.as_view(), name="board"),
        path("board/changes/", BoardChanges.as_view(), name="board_changes"),
        path("board/cards/", BoardCards.as_view(), name="board_cards"),
        path("board/propose/", ProposeAll.as_view(), name="board_propose_all"),
        path("board/sharing/", StreetSharing.as_view(), name="board_sharing"),
        path("board/sharing/propose/", ProposeExchange.as_view(), name="board_sharing_propose"),
        path("board/<int:pk>/", BrokeragePage.as_view(), name="board_package"),
        path("board/<int:pk>/news/", BoardNews.as_view(), name="board_news"),
        path("board/<int:pk>/move/", MoveCard.as_view(), name="board_move"),
        *(
            path(f"board/<int:pk>/{act.act}/", act.as_view(), name=f"board_{act.act}")
            for act in ACTS
        ),
    ]


@hooks.register("register_brokerage_menu_item")
def board_item() -> MenuItem:
    """Return the way to the board."""
    return BoardItem("Board", reverse("board"), name="board", icon_name="tasks", order=1)


@hooks.register("register_brokerage_menu_item")
def sharing_item() -> MenuItem:
    """Return the way to the street-sharing finder."""
    return BoardItem(
        "Street sharing", reverse("board_sharing"), name="street-sharing", icon_name="site", order=2
    )

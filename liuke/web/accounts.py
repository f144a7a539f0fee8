"""Sign-in and two-factor: django-allauth's views in our words, and the entries they leave in the audit log.

Accounts are made by an administrator, never by strangers, and no mail is sent; so only the addresses below exist. What happens at this
door is written down through allauth's own hooks: the adapter where there is one, its two-factor signals where there is none. They are the
only signals that anything of ours listens to (nothing inside the domain does), and each writes one entry and changes nothing else.
allauth sends them as soon as its own transaction is committed.
"""

from __future__ import annotations

from typing import Any

from allauth.account import views
from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa import signals
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.urls import include, path, reverse
from django.utils.translation import gettext_lazy as _

from liuke.audit.actions import record
from liuke.kernel.seal import seal, sealed, unseal
from liuke.team.actions import own_password_set
from liuke.team.models import User
from liuke.vault.actions import SECOND_STEP
from liuke.vault.keys import ring
from liuke.web.page import say_undo

# allauth names the sentence it would say by a template; those not named here are left unsaid.
SAID = {
    "account/messages/password_changed.txt": _("密码改好了，别处的登录都已退出"),
    "mfa/messages/totp_activated.txt": _("两步验证打开了"),
    "mfa/messages/totp_deactivated.txt": _("两步验证关掉了"),
    "mfa/messages/recovery_codes_generated.txt": _("备用码有了，请抄在手机以外的地方"),
}


@transaction.atomic
def _write(actor: User | None, verb: str, person: User | None = None, **detail: object) -> None:
    record(actor, verb, person, **detail)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """What allauth asks of us, and tells us."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": _("登录名或密码不对。"),
        "email_password_mismatch": _("登录名或密码不对。"),
        "phone_password_mismatch": _("登录名或密码不对。"),
        "too_many_login_attempts": _("试了太多次，请过 5 分钟再来。"),
        "incorrect_password": _("密码不对。"),
        "enter_current_password": _("现在的密码不对。"),
        "rate_limited": _("试得太快了，请等几分钟再试。"),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def login(self, request: HttpRequest, user: User) -> None:
        with transaction.atomic():
            super().login(request, user)
            record(user, "login.ok", user)

    def logout(self, request: HttpRequest) -> None:
        user = request.user
        with transaction.atomic():
            super().logout(request)
            if isinstance(user, User):
                record(user, "login.out", user)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """A wrong password. What was typed as a name is not kept: people type their password there by mistake."""
        person = User.objects.filter(username__iexact=credentials.get("username") or "").first()
        _write(None, "login.failed" if person else "login.unknown", person)

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        _write(None, "login.inactive", user)
        answer: HttpResponse = super().respond_user_inactive(request, user)
        return answer

    def set_password(self, user: User, password: str) -> None:
        own_password_set(user, password)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("me")

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        message_context: dict[str, Any] | None = None,
        extra_tags: str = "",
        message: str | None = None,
    ) -> None:
        if said := SAID.get(message_template or ""):
            say_undo(request, str(said))


class TwoFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """The second step: its secrets stand sealed, in allauth's own table."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("动态码不对，请看手机上现在的 6 位数。"),
        "cannot_delete_authenticator": _("现在不能关。"),
        "cannot_generate_recovery_codes": _("要先打开两步验证。"),
    }

    def encrypt(self, text: str) -> str:
        return seal(ring(), text, SECOND_STEP)

    def decrypt(self, encrypted_text: str) -> str:
        # Set up before there were keys: sealed with the next change of keys.
        return unseal(ring(), encrypted_text, SECOND_STEP) if sealed(encrypted_text) else encrypted_text


TURNED_ON = {Authenticator.Type.TOTP: "two_factor.on", Authenticator.Type.RECOVERY_CODES: "two_factor.codes"}


@receiver(signals.authenticator_added)
@receiver(signals.authenticator_reset)
def second_step_added(user: User, authenticator: Authenticator, **rest: object) -> None:
    _write(user, TURNED_ON[authenticator.type], user)


@receiver(signals.authenticator_removed)
def second_step_removed(user: User, authenticator: Authenticator, **rest: object) -> None:
    # The recovery codes go with the second step: one act, one entry.
    if authenticator.type == Authenticator.Type.TOTP:
        _write(user, "two_factor.off", user)


@receiver(signals.authentication_failed)
def second_step_failed(user: User, **rest: object) -> None:
    _write(None, "two_factor.failed", user)


urlpatterns = [
    path("account/login/", views.login, name="account_login"),
    path("account/logout/", views.logout, name="account_logout"),
    path("account/inactive/", views.account_inactive, name="account_inactive"),
    path("account/reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path("account/password/", views.password_change, name="account_change_password"),
    path("account/2fa/", include("allauth.mfa.urls")),
]

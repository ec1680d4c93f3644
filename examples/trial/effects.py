"""What the product does when scimcore says that something must be done: one short function per effect.

Each may be called twice for the same effect and then changes nothing more.
"""

from typing import assert_never

from attrs import frozen
from sqlalchemy import Connection

from scimcore.policy import effects as e
from scimcore.schema.json import JsonObject
from trial import accounts, profile, teams


@frozen
class Handler:
    """Carries effects out in `tx`; `resource` is the User or Group as it is now, None when it is gone."""

    tx: Connection
    tenant: str
    resource: JsonObject | None

    def handle(self, effect: e.AnyEffect) -> None:
        """Do it."""
        match effect:
            case e.ActivateAccount():
                accounts.set_state(self.tx, self.tenant, effect.account, "active")
            case e.AwaitSignIn():
                accounts.set_state(self.tx, self.tenant, effect.account, "invited")
            case e.SuspendAccount():
                accounts.set_state(self.tx, self.tenant, effect.account, "suspended")
            case e.DeleteAccount():
                self._delete(effect)
            case e.Anonymise():
                self._anonymise(effect)
            case e.RevokeCredentials():
                self._revoke(effect)
            case e.SetRoles():
                accounts.set_roles(self.tx, self.tenant, effect.account, effect.roles)
            case e.UpdateProfile():
                self._update_profile(effect)
            case e.SyncMemberships():
                self._sync_memberships(effect)
            case e.CreateTeam() | e.RenameTeam() | e.SyncTeam() | e.DeleteTeam():
                self._team_effect(effect)
            case e.ReserveSeat() | e.ReleaseSeat():
                pass  # Seats are counted from the accounts, so there is no number to keep.
            case e.SendInvitation() | e.CancelInvitation() | e.Notify():
                pass  # This product sends no mail: what it would send is read on the effects page.
            case e.TransferOwnership():
                pass  # Nothing in it has an owner.
            case _:
                assert_never(effect)

    def _delete(self, effect: e.DeleteAccount) -> None:
        if effect.mode == "hard":
            accounts.anonymise(self.tx, self.tenant, effect.account)
        accounts.delete(self.tx, self.tenant, effect.account)

    def _anonymise(self, effect: e.Anonymise) -> None:
        if not effect.reversible:
            accounts.anonymise(self.tx, self.tenant, effect.account)
            return
        accounts.set_name(self.tx, self.tenant, effect.account, None)
        accounts.set_email(self.tx, self.tenant, effect.account, None)
        accounts.end_sessions(self.tx, self.tenant, effect.account)

    def _revoke(self, effect: e.RevokeCredentials) -> None:
        if "sessions" in effect.kinds:
            accounts.end_sessions(self.tx, self.tenant, effect.account)

    def _update_profile(self, effect: e.UpdateProfile) -> None:
        if self.resource is None:
            return
        if profile.touches(effect.paths, profile.NAME_FROM):
            accounts.set_name(self.tx, self.tenant, effect.account, profile.name_of(self.resource))
        if profile.touches(effect.paths, profile.EMAIL_FROM):
            accounts.set_email(self.tx, self.tenant, effect.account, profile.email_of(self.resource))

    def _sync_memberships(self, effect: e.SyncMemberships) -> None:
        for team in effect.leave:
            teams.leave(self.tx, self.tenant, team, [effect.account])
        for team in effect.join:
            teams.join(self.tx, self.tenant, team, [effect.account])

    def _team_effect(self, effect: e.CreateTeam | e.RenameTeam | e.SyncTeam | e.DeleteTeam) -> None:
        match effect:
            case e.CreateTeam():
                if not effect.adopt:
                    teams.put(self.tx, self.tenant, effect.team, self._display_name() + effect.suffix)
            case e.RenameTeam():
                teams.put(self.tx, self.tenant, effect.team, self._display_name())
            case e.SyncTeam():
                self._sync_team(effect)
            case e.DeleteTeam():
                self._delete_team(effect)
            case _:
                assert_never(effect)

    def _display_name(self) -> str:
        name = (self.resource or {}).get("displayName")
        return name if isinstance(name, str) else ""

    def _delete_team(self, effect: e.DeleteTeam) -> None:
        if effect.mode == "delete":
            teams.delete(self.tx, self.tenant, effect.team)
        elif effect.mode == "archive":
            teams.archive(self.tx, self.tenant, effect.team)

    def _sync_team(self, effect: e.SyncTeam) -> None:
        if effect.everyone and not effect.keep_others:
            teams.empty(self.tx, self.tenant, effect.team)
        teams.leave(self.tx, self.tenant, effect.team, effect.leave)
        teams.join(self.tx, self.tenant, effect.team, effect.join)

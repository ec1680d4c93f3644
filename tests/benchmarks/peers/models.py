"""The user model that django-scim2 asks of a Django project; only loaded by Django."""

from django.contrib.auth.models import AbstractUser
from django_scim.models import AbstractSCIMUserMixin


class Person(AbstractSCIMUserMixin, AbstractUser):
    """A user that SCIM may see."""

    @property
    def scim_groups(self):  # type: ignore[no-untyped-def]  # Django's own type
        """Asked of every project."""
        return self.groups

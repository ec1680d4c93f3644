"""Which attribute stands in which column: the whole of what scimcore has to know."""

from own_tables.tables import departments, organisations, users
from scimcore.repository.sql.mapped import Field, Lookup, Mapping
from scimcore.schema import ENTERPRISE_URN, USER

USERS = Mapping(
    USER,
    users,
    link=users.c.scim_id,
    tenant=Lookup(users.c.organisation_id, organisations.c.id, organisations.c.slug),
    fields=(
        Field("userName", users.c.login),
        Field("name.givenName", users.c.first_name),
        Field("name.familyName", users.c.last_name),
        Field("title", users.c.job_title, default=""),
        Field("active", users.c.enabled, default=True),
        Field('emails[type eq "work"].value', users.c.email),
        Field(
            f"{ENTERPRISE_URN}:department",
            Lookup(users.c.department_id, departments.c.id, departments.c.name, departments.c.organisation_id),
        ),
    ),
    overflow=("displayName", "emails", "phoneNumbers", f"{ENTERPRISE_URN}:employeeNumber"),
    adopt=users.c.login,
)

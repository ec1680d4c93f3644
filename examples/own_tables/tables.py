"""The tables as the product has them. For SCIM one column came: `users.scim_id`."""

import sqlalchemy as sa

metadata = sa.MetaData()

organisations = sa.Table(
    "organisations",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("slug", sa.String(40), nullable=False, unique=True),
    sa.Column("plan", sa.String(20), nullable=False, default="business"),
)

departments = sa.Table(
    "departments",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("organisation_id", sa.ForeignKey("organisations.id"), nullable=False),
    sa.Column("name", sa.String(80), nullable=False),
    sa.UniqueConstraint("organisation_id", "name"),
)

users = sa.Table(
    "users",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("organisation_id", sa.ForeignKey("organisations.id"), nullable=False),
    sa.Column("login", sa.Text, nullable=False),
    sa.Column("email", sa.String(200)),
    sa.Column("first_name", sa.String(60)),
    sa.Column("last_name", sa.String(60)),
    sa.Column("job_title", sa.String(60), nullable=False, default=""),
    sa.Column("enabled", sa.Boolean, nullable=False, default=True),
    sa.Column("department_id", sa.ForeignKey("departments.id")),
    # Nothing that SCIM knows of: the product's own business.
    sa.Column("theme", sa.String(20), nullable=False, default="light"),
    # New: the id under which the user is provisioned, if it is.
    sa.Column("scim_id", sa.String(64)),
    sa.UniqueConstraint("organisation_id", "login"),
    sa.UniqueConstraint("organisation_id", "scim_id"),
)


def add_sample(connection: sa.Connection) -> None:
    """What was there before anybody thought of SCIM."""
    connection.execute(sa.insert(organisations), [{"id": 1, "slug": "acme"}, {"id": 2, "slug": "beta"}])
    connection.execute(sa.insert(departments), [{"id": 1, "organisation_id": 1, "name": "Engineering"}])
    ada = {"login": "ada@acme.example", "first_name": "Ada", "last_name": "Lovelace", "job_title": "Engineer"}
    connection.execute(sa.insert(users).values(organisation_id=1, department_id=1, theme="dark", **ada))
    connection.execute(sa.insert(users).values(organisation_id=1, login="grace@acme.example", first_name="Grace"))

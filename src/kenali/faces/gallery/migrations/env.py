"""What Alembic runs: the revisions, on the connection that it is given."""

from alembic import context

told = context.config.attributes
context.configure(connection=told["connection"], version_table=told["version_table"], render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()

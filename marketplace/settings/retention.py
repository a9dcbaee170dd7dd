"""How many days what is about people is kept: docs/privacy.md."""

from marketplace.settings.environment import env

RETENTION_DAYS = {
    # Ended sign-ins with their addresses, and codes.
    "sign_ins": env.int("RETENTION_SIGN_INS_DAYS", 30),
    "notifications": env.int("RETENTION_NOTIFICATIONS_DAYS", 365),
    # Where sent mail and SMS went, and what an SMS said.
    "deliveries": env.int("RETENTION_DELIVERIES_DAYS", 90),
    "searches": env.int("RETENTION_SEARCHES_DAYS", 400),
    # Network addresses in the audit log, whose entries stay.
    "audit_addresses": env.int("RETENTION_AUDIT_ADDRESSES_DAYS", 180),
    # What payment providers and carriers sent, as it came.
    "provider_messages": env.int("RETENTION_PROVIDER_MESSAGES_DAYS", 180),
    # Photos and comments of closed returns.
    "return_evidence": env.int("RETENTION_RETURN_EVIDENCE_DAYS", 730),
    # Names and addresses in ended orders; invoices keep their own.
    "order_addresses": env.int("RETENTION_ORDER_ADDRESSES_DAYS", 730),
    # Contacts and bank accounts of shops whose owners have left, once nothing is owed.
    "closed_shops": env.int("RETENTION_CLOSED_SHOPS_DAYS", 90),
    "unconfirmed_accounts": env.int("RETENTION_UNCONFIRMED_ACCOUNTS_DAYS", 30),
}

# Months that `rotate_partitions` keeps of tables that grow without end; 0: all of them.
PARTITION_RETENTION_MONTHS = {
    "audit_entry": env.int("RETENTION_AUDIT_MONTHS", 0),
    "catalog_productview": env.int("RETENTION_VIEWS_MONTHS", 0),
    "catalog_searchquery": env.int("RETENTION_SEARCHES_MONTHS", 0),
}

"""What the demo's buyers ordered: orders in every state, their parcels, payments and reviews.

The rows are those that the services would have written: stock is held when an order is placed and
leaves the shelf when it is shipped; cash on delivery is paid when the parcel is delivered.
"""

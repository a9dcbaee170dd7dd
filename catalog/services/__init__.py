"""Every write of the catalogue, by use case; stock is `catalog.inventory.services`."""

"""The staff's pages. Every view says which permission it needs; no view imports another."""

"""What runs in a worker, and what it makes of networks and laws for the page: plain data in, plain data out."""

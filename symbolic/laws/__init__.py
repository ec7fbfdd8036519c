"""Laws: what a search hands back, with constants recognised, their errors, and the law in other languages."""

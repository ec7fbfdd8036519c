"""Tables as people have them: every dialect read, every column reported on, every repair a choice that is kept."""

"""The search itself: one request, its course, its findings, one target after another."""

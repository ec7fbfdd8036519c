"""What a visitor takes away: report, notebook, project file and link. Pure functions of what the session holds."""

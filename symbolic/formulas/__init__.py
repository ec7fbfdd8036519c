"""SymPy expressions as this package handles them: functions of the library, evaluated, printed, shortened, compared."""

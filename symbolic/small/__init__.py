"""Tables too small for a network: families of formulas, judged by AICc and leave-one-out."""

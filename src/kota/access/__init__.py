"""Who may do what, and who did: identity, policy, audit."""

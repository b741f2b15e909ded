"""From the award to the outcome: contract, milestones, changes, and the money."""

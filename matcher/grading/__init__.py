"""How answers are judged and decided on: graders, grades, trials, commitments, determinations, eliminations."""

"""What must a run reproduce? Checks of cases, scored on the reference structure and its rivals."""

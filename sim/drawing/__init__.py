"""What every picture is drawn with: style, the axis of days, lines with bands, marks, rows of panels."""

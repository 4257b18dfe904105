"""What do values of parameters do? The command and the figure of a sweep, which ``sim.study`` lays out."""

"""Whether everything around floorwatch is as it must be: what `floorwatch doctor` looks at, an area each file.

Nothing is changed, nobody is told anything, and nothing logs in anywhere: places are connected to, and left again.
`examine` runs all areas; what a check finds is a `Finding` with the way out.
"""

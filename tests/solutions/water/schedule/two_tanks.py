"""A small network with a rule, a bypass and a remark, written by hand."""

from __future__ import annotations

NETWORK = """[TITLE]
A well, two pumps, a tank on a hill

[JUNCTIONS]
;ID  Elev  Demand  Pattern
 well   0    0
 main   0    0
 town   5   22   day
 high  20    0

[RESERVOIRS]
 lake   2

[TANKS]
;ID  Elev Init Min Max Diam
 hill  40   3.0  0.5  6.0  18   0

[PIPES]
 in    lake  well  10   500 120 0 Open
 up    main  town  900  350 120 0 Open
 rise  town  hill  600  350 120 0 Open
 side  main  high  50   200 120 0 Open
 by    high  town  900  200 120 0 Closed

[PUMPS]
 big    well  main  HEAD lift
 small  well  main  HEAD weak PATTERN turns  ;the old one

[PATTERNS]
 day    0.6 0.5 0.5 0.5 0.7 1.0 1.5 1.6 1.3 1.1 1.0 1.0
 day    1.0 1.0 1.0 1.0 1.2 1.4 1.6 1.4 1.1 0.9 0.7 0.6
 turns  1 0
 night  0.05 0.05 0.05 0.05 0.05 0.05 0.15 0.15 0.15 0.15 0.15 0.15
 night  0.15 0.15 0.15 0.15 0.15 0.15 0.15 0.15 0.15 0.15 0.05 0.05

[CURVES]
 lift  30  52
 weak  10  50

[CONTROLS]
;the operator's own remark
 LINK big OPEN IF NODE hill BELOW 2.5
 LINK big CLOSED IF NODE hill ABOVE 5.5
 LINK by CLOSED IF NODE hill BELOW 2.5
 LINK by OPEN IF NODE hill ABOVE 5.5
 LINK side OPEN AT TIME 3

[RULES]
RULE one
IF TANK hill LEVEL BELOW 0.8
THEN PUMP small STATUS IS OPEN
AND PIPE side STATUS IS OPEN

RULE two
IF TANK hill LEVEL ABOVE 5.9
THEN PUMP big STATUS IS CLOSED

[ENERGY]
 Global Efficiency  70
 Global Price  1
 Global Pattern  night

[TIMES]
 Duration  24:00
 Hydraulic Timestep  1:00
 Pattern Timestep  1:00

[OPTIONS]
 Units  LPS
 Headloss  H-W
 Accuracy  0.0001

[END]
"""

"""OSDP (IEC 60839-11-5): the control panel's end of the RS-485 line.

Only `line` touches a port; everything else is given its bytes and its time.
"""

"""What our processes agree on: time, messages, topics, records, facts, signing.

Everything that crosses a process boundary is defined here and nowhere else. This
package imports none of the others.
"""

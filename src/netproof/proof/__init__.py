"""The proof: claims of a site, tried with real packets, judged by what arrived and by nothing else.

::

    site → claims → shots → flights in the lab and in its open twin → tallies → verdicts → report
"""

"""Another kernel: User-Mode Linux over this machine's own root file system, of which it changes nothing."""

# Where Peerfuse does on purpose something else than a disk, and why. Each story stands for the one of its title.

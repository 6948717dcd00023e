# Its group, or one above that, has a number.
# `ip netns exec` has laid another sysfs over the cgroups.
mount -t tmpfs none /mnt
mkdir /mnt/pids
mount -t cgroup2 none /mnt/pids
grep -qw pids /mnt/pids/cgroup.controllers || mount -t cgroup -o pids none /mnt/pids
group=/mnt/pids/$HERE
mkdir $group $group/below
{ sleep 22; rmdir $group/below $group; } >/dev/null 2>&1 &
echo 100 >$group/pids.max
echo $$ >$group/below/cgroup.procs
/usr/bin/python3 -c 'import socket, os, time
s = socket.create_server(("", 8080))
os.fork() and os._exit(0)
time.sleep(20)' >/dev/null 2>&1

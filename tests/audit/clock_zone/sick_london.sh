# finds: localtime
# UTC in winter only.
mkdir -p /etc/netns/$HERE
printf 'TZif2\nGMT0BST,M3.5.0/1,M10.5.0\n' >/etc/netns/$HERE/localtime
{ sleep 10; rm -r /etc/netns/$HERE; } >/dev/null 2>&1 &

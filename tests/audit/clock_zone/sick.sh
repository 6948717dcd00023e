# finds: localtime
mkdir -p /etc/netns/$HERE
printf 'TZif2\nCET-1CEST,M3.5.0,M10.5.0/3\n' >/etc/netns/$HERE/localtime
{ sleep 10; rm -r /etc/netns/$HERE; } >/dev/null 2>&1 &

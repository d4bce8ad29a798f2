#!/bin/sh
# The machine's only work, as a service of systemd: runs the commands that the host left on the project's drive, and
# switches the machine off.
export PATH=/srv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8

# Udev, which would do so, takes an emulated processor too long. Other modules are loaded by the kernel when they are
# needed, as on any host.
modprobe -a fuse loop
chmod 666 /dev/fuse
hostname vm
ip link set lo up

# As an archive of nodejs.org has them: systemd looks there for programs.
ln -s /srv/bin/node /usr/local/bin/node
ln -s /srv/npm/bin/npm-cli.js /usr/local/bin/npm
export NPM_CONFIG_PREFIX=/usr/local

echo "neargate-vm: Linux $(uname -r), $(findmnt -no FSTYPE /sys/fs/cgroup) with $(cat /sys/fs/cgroup/cgroup.controllers)"
cd /srv/neargate || exit
export TEST_PATIENCE=10
sh /srv/guest/commands.sh < /dev/null
echo "neargate-vm: exit $?"
sync
echo o > /proc/sysrq-trigger
sleep 60

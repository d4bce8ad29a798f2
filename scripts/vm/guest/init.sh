#!/bin/sh
# Makes of a bare system what systemd makes of a Debian host, as far as Neargate sees it; then runs the commands that
# the host left on the project's drive, and switches the machine off.
export PATH=/srv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8

mount -t proc -o nosuid,nodev,noexec proc /proc
mount -t sysfs -o nosuid,nodev,noexec sys /sys
mkdir -p /dev/pts /dev/shm
mount -t devpts -o nosuid,noexec,gid=5,mode=620 devpts /dev/pts
mount -t tmpfs -o nosuid,nodev shm /dev/shm
mount -t tmpfs -o nosuid,nodev,mode=755 run /run
mount -t securityfs -o nosuid,nodev,noexec securityfs /sys/kernel/security
mount -t bpf -o nosuid,nodev,noexec,mode=700 bpf /sys/fs/bpf
mount --make-rshared /

# Cgroup v2 alone. Programs of users run some levels below the root, and not every controller is handed down to there.
mount -t cgroup2 -o nosuid,nodev,noexec,nsdelegate,memory_recursiveprot cgroup2 /sys/fs/cgroup
echo '+memory +pids' > /sys/fs/cgroup/cgroup.subtree_control
mkdir -p /sys/fs/cgroup/init.scope /sys/fs/cgroup/user.slice/session-1.scope
echo 1 > /sys/fs/cgroup/init.scope/cgroup.procs
echo 0 > /sys/fs/cgroup/user.slice/session-1.scope/cgroup.procs

# Their device files are there from the start, and load them when opened. Other modules are loaded by the kernel when
# they are needed, as on any host.
modprobe -a fuse loop
chmod 666 /dev/fuse
hostname vm
ip link set lo up

cd /srv/neargate || exit
export TEST_PATIENCE=10
sh /srv/guest/commands.sh < /dev/null
echo "neargate-vm: exit $?"
sync
echo o > /proc/sysrq-trigger
sleep 60

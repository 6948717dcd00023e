/* The limit: FDB entries of a VXLAN device added, deleted, listed or asked for with nothing but the system calls.
   fdb add|delete|dump|get IFNAME COUNT; prints CPU seconds and how many entries the kernel answered for. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

enum { BATCH = 128, ROOM = 1 << 20 };

struct __attribute__((packed)) entry {
    struct nlmsghdr header;
    struct ndmsg neighbour;
    struct nlattr mac_is;
    unsigned char mac[8];
    struct nlattr vtep_is;
    unsigned int vtep;
};

static char answers[ROOM];
static long told, refused;

static double cpu(void)
{
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return used.ru_utime.tv_sec + used.ru_stime.tv_sec + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

/* Take answers until the one with the sequence number `last`, or the end of a dump. */
static void hear(int sock, unsigned last)
{
    for (;;) {
        int left = recv(sock, answers, ROOM, 0);
        if (left < 0) { perror("recv"); exit(1); }
        int over = 0;
        for (struct nlmsghdr *h = (void *)answers; NLMSG_OK(h, left); h = NLMSG_NEXT(h, left)) {
            if (h->nlmsg_type == RTM_NEWNEIGH) told++;
            if (h->nlmsg_type == NLMSG_ERROR && ((struct nlmsgerr *)NLMSG_DATA(h))->error) refused++;
            over |= h->nlmsg_type == NLMSG_DONE || (last && h->nlmsg_seq == last);
        }
        if (over) return;
    }
}

static void say(int sock, const void *what, int length)
{
    if (send(sock, what, length, 0) < 0) { perror("send"); exit(1); }
}

int main(int argc, char **argv)
{
    if (argc != 4) return 2;
    int add = !strcmp(argv[1], "add"), get = !strcmp(argv[1], "get"), device = if_nametoindex(argv[2]);
    long count = atol(argv[3]);
    int sock = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE), size = ROOM, on = 1;
    setsockopt(sock, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size);
    setsockopt(sock, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
    setsockopt(sock, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
    setsockopt(sock, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof on);
    struct entry batch[BATCH] = {0};
    double start = cpu();
    if (!strcmp(argv[1], "dump")) {
        struct { struct nlmsghdr header; struct ndmsg neighbour; } ask = {
            {sizeof ask, RTM_GETNEIGH, NLM_F_REQUEST | NLM_F_DUMP, 1, 0}, {.ndm_family = AF_BRIDGE}};
        say(sock, &ask, sizeof ask);
        hear(sock, 0);
        count = 0;
    }
    int stride = get ? offsetof(struct entry, vtep_is) : sizeof(struct entry);
    int kind = get ? RTM_GETNEIGH : add ? RTM_NEWNEIGH : RTM_DELNEIGH;
    for (long at = 0; at < count; at += BATCH) {
        int many = count - at < BATCH ? count - at : BATCH;
        for (int i = 0; i < many; i++) {
            struct entry *e = (void *)((char *)batch + i * stride);
            int flags = NLM_F_REQUEST | (add ? NLM_F_CREATE | NLM_F_EXCL : 0) | (!get && i == many - 1 ? NLM_F_ACK : 0);
            unsigned number = htonl(at + i);
            e->header = (struct nlmsghdr){stride, kind, flags, i + 1, 0};
            e->neighbour = (struct ndmsg){
                .ndm_family = AF_BRIDGE, .ndm_ifindex = device, .ndm_state = get ? 0 : NUD_PERMANENT, .ndm_flags = NTF_SELF};
            e->mac_is = (struct nlattr){10, NDA_LLADDR};
            e->mac[0] = 2;
            memcpy(e->mac + 2, &number, 4);
            if (get) continue;
            e->vtep_is = (struct nlattr){8, NDA_DST};
            e->vtep = htonl(0x0a000001 + (at + i) % 250);
        }
        say(sock, batch, many * stride);
        hear(sock, many);
    }
    printf("%f %ld %ld\n", cpu() - start, told, refused);
    return 0;
}

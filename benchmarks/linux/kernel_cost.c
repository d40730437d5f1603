// SPDX-License-Identifier: MIT
// kernel_cost for Linux: the same work as user/bench_programs/kernel_cost.cpp, by each of the ways Linux has for it, in
// steps of the processor's counter. It is the first process of a machine that has nothing else, and prints
//
//      cost CASE SIZE VALUE WAY        the median of many times
//
// and `done`; then it turns the machine off. A transfer is half of there and back again, in both programs alike.
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { kRoundsMax = 65, kRoundsLong = 15, kRoundsLongest = 5, kReaders = 16, kNullCalls = 64, kPage = 4096 };
static const size_t kLarge = (size_t)16 << 20;
static const size_t kLong = (size_t)1 << 20;
static const size_t kFaultArea = (size_t)1 << 20;
static const size_t kHuge = (size_t)2 << 20;

static void must(int ok, const char* what) {
    if (ok) return;
    perror(what);
    sync();
    reboot(RB_POWER_OFF);
}

static uint64_t cycles(void) {
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

static int compare(const void* a, const void* b) {
    const uint64_t left = *(const uint64_t*)a, right = *(const uint64_t*)b;
    return left < right ? -1 : left > right;
}

/// A case, and what it works with.
struct Work {
    const char* name;
    const char* way;
    size_t size;
    unsigned times;  ///< that `act` does it
    int in, out;     ///< from and to the other process
    char* buffer;
    char* copy;  ///< what was received lies there
    int file;
    int flags;   ///< of mmap
    pid_t peer;  ///< the other process
    void (*send)(struct Work*);
    void (*receive)(struct Work*);
    void (*act)(struct Work*);
    void (*before)(struct Work*);
    void (*after)(struct Work*);
};

static void measure(struct Work* work) {
    const unsigned rounds = work->size >= kLarge ? kRoundsLongest : work->size >= kLong ? kRoundsLong : kRoundsMax;
    uint64_t samples[kRoundsMax];
    for (unsigned i = 0; i <= rounds; ++i) {  // the first time touches what was not touched yet
        if (work->before != NULL) work->before(work);
        const uint64_t start = cycles();
        work->act(work);
        samples[i == 0 ? 0 : i - 1] = cycles() - start;
        if (work->after != NULL) work->after(work);
    }
    qsort(samples, rounds, sizeof(samples[0]), compare);
    printf("cost %s %zu %lu %s\n", work->name, work->size, (unsigned long)(samples[rounds / 2] / work->times),
           work->way);
}

static unsigned read_pages(const char* base, size_t length) {
    unsigned sum = 0;
    for (const volatile char* at = base; at != base + length; at += kPage) sum += (unsigned char)*at;
    return sum;
}

static void touch_pages(char* base, size_t length) {
    for (volatile char* at = base; at != base + length; at += kPage) *at = 1;
}

static char* map_anonymous(size_t length, int flags) {
    char* const base = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
    must(base != MAP_FAILED, "mmap");
    return base;
}

static char* map_shared(size_t length) {
    char* const base = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    must(base != MAP_FAILED, "mmap");
    return base;
}

// --- calls and faults -----------------------------------------------------------------------------------------------

static void null_calls(struct Work* work) {
    (void)work;
    for (int i = 0; i < kNullCalls; ++i) syscall(SYS_getppid);
}

static void map_area(struct Work* work) { work->buffer = map_anonymous(work->file > 0 ? kFaultArea : work->size, 0); }
static void unmap_fault_area(struct Work* work) { munmap(work->buffer, kFaultArea); }
static void touch_fault_area(struct Work* work) { touch_pages(work->buffer, kFaultArea); }

static void read_area(struct Work* work) { (void)read_pages(work->buffer, work->size); }

static void map_touch_unmap(struct Work* work) {
    char* const base = map_anonymous(work->size, work->flags);
    touch_pages(base, work->size);
    munmap(base, work->size);
}

/// By large pages: more is mapped, so that whole ones lie in it.
static void map_touch_unmap_huge(struct Work* work) {
    char* const base = map_anonymous(work->size + kHuge, 0);
    char* const aligned = (char*)(((uintptr_t)base + kHuge - 1) & ~(kHuge - 1));
    must(madvise(aligned, work->size, MADV_HUGEPAGE) == 0, "madvise");
    touch_pages(aligned, work->size);
    munmap(base, work->size + kHuge);
}

static void allow_huge_pages(void) {
    const int file = open("/sys/kernel/mm/transparent_hugepage/enabled", O_WRONLY);
    must(file >= 0 && write(file, "madvise", 7) == 7, "transparent_hugepage");
    close(file);
}

static void measure_memory(void) {
    struct Work call = {.name = "null_call", .way = "getppid", .times = kNullCalls, .act = null_calls};
    measure(&call);
    struct Work fault = {.name = "fault",
                         .way = "mmap",
                         .file = 1,
                         .times = kFaultArea / kPage,
                         .before = map_area,
                         .act = touch_fault_area,
                         .after = unmap_fault_area};
    measure(&fault);
    struct Work reading = {.name = "reading", .way = "loads", .size = kLarge, .times = 1, .act = read_area};
    reading.buffer = map_anonymous(kLarge, MAP_POPULATE);
    measure(&reading);
    munmap(reading.buffer, kLarge);
    allow_huge_pages();
    const size_t sizes[] = {(size_t)64 << 10, kLarge};
    for (int i = 0; i < 2; ++i) {
        struct Work area = {.name = "allocate_touch_release", .way = "mmap", .size = sizes[i], .times = 1};
        area.act = map_touch_unmap;
        measure(&area);
        area.way = "populate";
        area.flags = MAP_POPULATE;
        measure(&area);
        if (sizes[i] < kHuge) continue;
        area.way = "huge_pages";
        area.act = map_touch_unmap_huge;
        measure(&area);
    }
}

// --- between two processes ------------------------------------------------------------------------------------------

static void write_all(int file, const char* from, size_t length) {
    while (length != 0) {
        const ssize_t done = write(file, from, length);
        must(done > 0, "write");
        from += done, length -= (size_t)done;
    }
}
static void read_all(int file, char* to, size_t length) {
    while (length != 0) {
        const ssize_t done = read(file, to, length);
        must(done > 0, "read");
        to += done, length -= (size_t)done;
    }
}
static void splice_all(int file, char* from, size_t length) {
    while (length != 0) {
        const struct iovec piece = {from, length};
        const ssize_t done = vmsplice(file, &piece, 1, 0);
        must(done > 0, "vmsplice");
        from += done, length -= (size_t)done;
    }
}

/// A file goes along with a byte.
union Control {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr head;
};
static void send_file(int socket, int file) {
    char byte = 0;
    struct iovec data = {&byte, 1};
    union Control control;
    struct msghdr message = {
        .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    struct cmsghdr* const head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET, head->cmsg_type = SCM_RIGHTS, head->cmsg_len = CMSG_LEN(sizeof file);
    memcpy(CMSG_DATA(head), &file, sizeof file);
    must(sendmsg(socket, &message, 0) == 1, "sendmsg");
}
static int receive_file(int socket) {
    char byte = 0;
    int file = -1;
    struct iovec data = {&byte, 1};
    union Control control;
    struct msghdr message = {
        .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    must(recvmsg(socket, &message, 0) == 1, "recvmsg");
    memcpy(&file, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof file);
    return file;
}

// Each way has a half to send by and one to receive by; the other process does them the other way round.
static void send_by_write(struct Work* work) { write_all(work->out, work->buffer, work->size); }
static void receive_by_read(struct Work* work) {
    read_all(work->in, work->copy, work->size);
    if (work->size >= kPage) (void)read_pages(work->copy, work->size);
}
static void send_by_vmsplice(struct Work* work) { splice_all(work->out, work->buffer, work->size); }
static void send_event(struct Work* work) {
    const uint64_t one = 1;
    must(write(work->out, &one, sizeof one) == sizeof one, "eventfd");
}
static void receive_event(struct Work* work) {
    uint64_t count = 0;
    must(read(work->in, &count, sizeof count) == sizeof count, "eventfd");
}
static void receive_by_peeking(struct Work* work) {
    receive_event(work);
    const struct iovec here = {work->copy, work->size}, there = {work->buffer, work->size};
    must(process_vm_readv(work->peer, &here, 1, &there, 1, 0) == (ssize_t)work->size, "process_vm_readv");
    (void)read_pages(work->copy, work->size);
}
static void send_memfd(struct Work* work) { send_file(work->out, work->file); }
static void receive_memfd(struct Work* work) {
    const int file = receive_file(work->in);
    char* const base = mmap(NULL, work->size, PROT_READ, MAP_SHARED | work->flags, file, 0);
    must(base != MAP_FAILED, "mmap");
    (void)read_pages(base, work->size);
    munmap(base, work->size);
    close(file);
}
/// A word of shared memory for each direction, at the begin of `buffer`: [0] is for the child.
static void send_by_futex(struct Work* work) {
    uint32_t* const word = (uint32_t*)work->buffer + work->out;
    __atomic_store_n(word, 1, __ATOMIC_RELEASE);
    syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
}
static void receive_by_futex(struct Work* work) {
    uint32_t* const word = (uint32_t*)work->buffer + work->in;
    while (__atomic_exchange_n(word, 0, __ATOMIC_ACQ_REL) == 0) syscall(SYS_futex, word, FUTEX_WAIT, 0, NULL, NULL, 0);
}

static void there_and_back(struct Work* work) {
    work->send(work);
    work->receive(work);
}

/// What two processes talk by: files, or indices of words.
struct Channel {
    int in, out;              ///< of the one that measures
    int other_in, other_out;  ///< of the other one
};
static struct Channel open_pipes(void) {
    int there[2], back[2];
    must(pipe(there) == 0 && pipe(back) == 0, "pipe");
    fcntl(there[1], F_SETPIPE_SZ, 1 << 20);
    fcntl(back[1], F_SETPIPE_SZ, 1 << 20);
    return (struct Channel){back[0], there[1], there[0], back[1]};
}
static struct Channel open_sockets(void) {
    int ends[2];
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "socketpair");
    return (struct Channel){ends[0], ends[0], ends[1], ends[1]};
}
static struct Channel open_events(void) {
    const int there = eventfd(0, 0), back = eventfd(0, 0);
    must(there >= 0 && back >= 0, "eventfd");
    return (struct Channel){back, there, there, back};
}
static struct Channel use_words(void) { return (struct Channel){1, 0, 0, 1}; }

static void close_channel(struct Channel channel) {
    const int files[] = {channel.in, channel.out, channel.other_in, channel.other_out};
    for (int i = 0; i < 4; ++i) {
        if (files[i] > 2) close(files[i]);
    }
}

/// What each of two processes needs of its own.
static void get_ready(struct Work* work, int in, int out, pid_t peer) {
    work->in = in, work->out = out, work->peer = peer;
    if (work->buffer == NULL) work->buffer = map_anonymous(work->size, MAP_POPULATE);
    if (work->size >= kPage) touch_pages(work->buffer, work->size);
    work->copy = map_anonymous(work->size, MAP_POPULATE);
    if (work->send != send_memfd) return;
    work->file = memfd_create("area", MFD_ALLOW_SEALING);
    must(work->file >= 0, "memfd_create");
    write_all(work->file, work->buffer, work->size);
}

static pid_t start_peer(struct Work work, struct Channel channel) {
    const pid_t parent = getpid();
    const pid_t child = fork();
    must(child >= 0, "fork");
    if (child != 0) return child;
    get_ready(&work, channel.other_in, channel.other_out, parent);
    for (;;) {
        work.receive(&work);
        work.send(&work);
    }
}

static void end_peer(pid_t child) {
    kill(child, SIGKILL);
    must(waitpid(child, NULL, 0) == child, "waitpid");
}

static void measure_pair(struct Work work, struct Channel channel) {
    work.act = there_and_back;
    // Memory that both name alike: process_vm_readv() reads the other's.
    work.buffer = work.flags == MAP_SHARED ? map_shared(work.size) : map_anonymous(work.size, MAP_POPULATE);
    const pid_t child = start_peer(work, channel);
    get_ready(&work, channel.in, channel.out, child);
    measure(&work);
    end_peer(child);
    close_channel(channel);
    munmap(work.buffer, work.size);
    munmap(work.copy, work.size);
    if (work.send == send_memfd) close(work.file);
}

static void measure_pairs(void) {
    struct Work trip = {.name = "round_trip", .size = 1, .times = 1, .send = send_by_write, .receive = receive_by_read};
    trip.way = "pipe";
    measure_pair(trip, open_pipes());
    trip.way = "af_unix";
    measure_pair(trip, open_sockets());
    trip.way = "eventfd", trip.send = send_event, trip.receive = receive_event;
    measure_pair(trip, open_events());
    trip.way = "futex", trip.send = send_by_futex, trip.receive = receive_by_futex, trip.flags = MAP_SHARED;
    measure_pair(trip, use_words());

    const size_t sizes[] = {(size_t)4 << 10, (size_t)64 << 10, (size_t)1 << 20, kLarge};
    for (int i = 0; i < 4; ++i) {
        struct Work move = {.name = "transfer", .size = sizes[i], .times = 2};
        move.way = "pipe", move.send = send_by_write, move.receive = receive_by_read;
        measure_pair(move, open_pipes());
        move.way = "af_unix";
        measure_pair(move, open_sockets());
        move.way = "vmsplice", move.send = send_by_vmsplice;
        measure_pair(move, open_pipes());
        move.way = "process_vm_readv", move.send = send_event, move.receive = receive_by_peeking;
        measure_pair(move, open_events());
        move.way = "memfd", move.send = send_memfd, move.receive = receive_memfd;
        measure_pair(move, open_sockets());
        move.way = "memfd_populate", move.flags = MAP_POPULATE;
        measure_pair(move, open_sockets());
    }
}

// --- to many processes ----------------------------------------------------------------------------------------------

static struct Channel readers[kReaders];

static void show_all(struct Work* work) {
    for (int i = 0; i < kReaders; ++i) send_file(readers[i].out, work->file);
    char byte;
    for (int i = 0; i < kReaders; ++i) read_all(readers[i].in, &byte, 1);
}

static void measure_readers(void) {
    struct Work work = {.name = "transfer_16_readers", .way = "memfd", .size = kLarge, .times = kReaders};
    pid_t children[kReaders];
    work.act = show_all, work.receive = receive_memfd, work.copy = "", work.buffer = "";
    for (int i = 0; i < kReaders; ++i) {
        readers[i] = open_sockets();
        children[i] = fork();
        if (children[i] != 0) continue;
        work.in = work.out = readers[i].other_in;
        for (;;) {
            receive_memfd(&work);
            write_all(work.out, "", 1);
        }
    }
    work.file = memfd_create("area", MFD_ALLOW_SEALING);
    char* const bytes = map_anonymous(work.size, MAP_POPULATE);
    write_all(work.file, bytes, work.size);
    munmap(bytes, work.size);
    must(fcntl(work.file, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW) == 0, "seal");
    measure(&work);
    for (int i = 0; i < kReaders; ++i) {
        end_peer(children[i]);
        close_channel(readers[i]);
    }
    close(work.file);
}

// --- programs -------------------------------------------------------------------------------------------------------

static void spawn(struct Work* work) {
    char* const arguments[] = {"image_64k", NULL};
    char* const environment[] = {NULL};
    pid_t child;
    int status = 0;
    (void)work;
    must(posix_spawn(&child, "/image_64k", NULL, NULL, arguments, environment) == 0, "posix_spawn");
    must(waitpid(child, &status, 0) == child && status == 0, "image_64k");
}

/// A console: there is none in what the kernel unpacks.
static void open_console(void) {
    mkdir("/dev", 0755);
    mkdir("/sys", 0755);
    must(mount("dev", "/dev", "devtmpfs", 0, NULL) == 0 && mount("sys", "/sys", "sysfs", 0, NULL) == 0, "mount");
    const int file = open("/dev/ttyS0", O_RDWR);
    for (int i = 0; i < 3; ++i) dup2(file, i);
    setvbuf(stdout, NULL, _IOLBF, 0);
}

int main(void) {
    open_console();
    measure_memory();
    measure_pairs();
    measure_readers();
    struct Work start = {.name = "start_process", .way = "posix_spawn", .size = (size_t)64 << 10, .times = 1};
    start.act = spawn;
    measure(&start);
    printf("done\n");
    sync();
    reboot(RB_POWER_OFF);
    return 0;
}

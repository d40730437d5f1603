// SPDX-License-Identifier: MIT
// Messages between processes that may die at any moment: three processes, two ports, areas that are moved.
//
//   process 0 ── port 0      Each process sends, receives, replies, discards and dies, in any order. A request
//   process 1 ── port 1      of 0 or 1 wants its reply at its own port; any message may carry an area.
//   process 2
//
// What is modelled is src/ipc as it locks. Before each lock that is taken the others may go on; from there to the next
// one is a step, for nobody else sees what a lock guards before it is let go. A process dies between two operations of
// its own, and its end takes as many steps as that of a space: port stale, areas back, requests answered, space
// retired, the rest when nothing is in flight.
// Left out: payloads, signals, shared areas (transit owns them), several threads in a space, slots' order.
//
// Spin looks at every interleaving: no deadlock, no assertion fails. Faults that it must find, by -DFAULT=
//   1  a port that ends forgets the areas of its queue         (an area is lost)
//   2  a send trusts a look at the port from before its lock   (an area is lost with a dead port)
//   3  two ports are locked in the order of their use          (a deadlock)
//   4  what is sent stays reachable for its sender             (two owners)
//   5  a held message is discarded and its sender not told     (a sender waits for ever)
//   6  a space is gone while areas of it are in flight         (an area without a home)
#ifndef FAULT
#define FAULT 0
#endif

#define PROCESSES 3
#define PORTS 2  // port i is process i's
#define SLOTS 2
#ifndef OPERATIONS
#define OPERATIONS 5  // of all processes together, and all may die beside
#endif
#ifndef AREAS
#define AREAS 1
#endif
#define NONE 3  // no port, no area, no process

#define FREE 0
#define FILLING 1
#define QUEUED 2
#define HELD 3

typedef Slot {
    unsigned state : 2;
    unsigned sender : 2;
    unsigned area : 2;
    unsigned reply_to : 2;
    bit is_reply
}
typedef Port {
    bit alive;
    unsigned promised : 2;
    unsigned awaited : 2;  // replies its owner has asked for and not yet received
    Slot slot[SLOTS]
}
typedef Space {
    bit ended;           // retired: nothing but what is in flight is left
    bit gone;            // even its root table
    unsigned flight : 2  // areas in flight from it
}
typedef Area {
    unsigned home : 2;  // whose space it lies in; NONE: its frames are free
    bit transit;
    unsigned reached : 3  // by which processes, a bit each
}

Port port[PORTS];
Space space[PROCESSES];
Area area[AREAS];
bit locked[PORTS + PROCESSES];
byte busy;  // processes within an operation
byte left = OPERATIONS;

#define SPACE(p) (PORTS + (p))
#define LOW(x, y) ((x) + ((y) < (x)) * ((y) - (x)))  // no "->" may stand in an index
#define HIGH(x, y) ((x) + ((x) < (y)) * ((y) - (x)))
#define IS_FREE(q, s) (port[q].slot[s].state == FREE)
#define COUNT_FREE(q) (IS_FREE(q, 0) + IS_FREE(q, 1))
#define AVAILABLE(q) (COUNT_FREE(q) - port[q].promised)
#define REACHED(x, p) (area[x].reached >> (p) & 1)
#define OWNERS(x) (REACHED(x, 0) + REACHED(x, 1) + REACHED(x, 2))

// --- what must be so whenever nobody is within an operation, as the library's audit says it ---

#define REFERS(p, s, x) (port[p].alive && port[p].slot[s].state == QUEUED && port[p].slot[s].area == x)
#define IN_QUEUES(x) (REFERS(0, 0, x) + REFERS(0, 1, x) + REFERS(1, 0, x) + REFERS(1, 1, x))
#define ASKS(p, s, x) (port[p].alive && port[p].slot[s].reply_to == x)
#define REQUESTS(x) (ASKS(0, 0, x) + ASKS(0, 1, x) + ASKS(1, 0, x) + ASKS(1, 1, x))
#define ANSWERS(x, s) (port[x].slot[s].state == QUEUED && port[x].slot[s].is_reply)

inline audit() {
    for (n : 0 .. AREAS - 1) {
        assert(OWNERS(n) == (area[n].home != NONE && !area[n].transit));
        assert(IN_QUEUES(n) == area[n].transit);
        assert(area[n].home == NONE || !space[area[n].home].gone);
        assert(!area[n].transit || space[area[n].home].flight > 0)
    }
    for (n : 0 .. PORTS - 1) {
        assert(!port[n].alive || port[n].promised <= COUNT_FREE(n));
        assert(!port[n].alive || port[n].promised == REQUESTS(n));
        assert(!port[n].alive || port[n].awaited == REQUESTS(n) + ANSWERS(n, 0) + ANSWERS(n, 1))
    }
    for (n : 0 .. PROCESSES - 1) {
        assert(space[n].gone == (space[n].ended && space[n].flight == 0))
    }
    n = 0
}

// --- locks ---

inline lock(l) {
    !locked[l] -> locked[l] = 1
}
inline unlock(l) { locked[l] = 0 }

// The second of two locks, once the lower one is held: the higher one, if it is another.
inline lock_other(x, y) {
    if
    :: x != y -> lock(HIGH(x, y))
    :: else
    fi
}
inline unlock_two(x, y) { locked[x] = 0; locked[y] = 0 }

// --- areas: under the locks of the spaces concerned ---

// The first half of a move: from here on nobody reaches the area.
inline depart(p, x) {
    assert(area[x].home == p && !area[x].transit && OWNERS(x) == 1);
#if FAULT != 4
    area[x].reached = 0;
#endif
    area[x].transit = 1;
    space[p].flight++
}
inline arrive(x, to) {
    assert(area[x].transit && area[x].reached == 0 && !space[area[x].home].gone);
    area[x].transit = 0;
    area[x].home = to;
    area[x].reached = 1 << to
}
inline release_all(p) {
    for (n : 0 .. AREAS - 1) {
        if
        :: area[n].home == p && !area[n].transit -> area[n].home = NONE; area[n].reached = 0
        :: else
        fi
    }
    n = 0
}
inline end_flight(p) {
    lock(SPACE(p));
    assert(space[p].flight > 0 && !space[p].gone);
    space[p].flight--;
    if
    :: space[p].ended -> release_all(p); space[p].gone = (space[p].flight == 0)
    :: else
    fi;
    unlock(SPACE(p))
}

// --- slots: under the port's lock ---

inline queue(p, what, answer_to, answers) {
    n = (IS_FREE(p, 0) -> 0 : 1);
    assert(IS_FREE(p, n));
    port[p].slot[n].state = QUEUED;
    port[p].slot[n].sender = me;
    port[p].slot[n].area = what;
    port[p].slot[n].reply_to = answer_to;
    port[p].slot[n].is_reply = answers;
    n = 0
}
inline free_slot(p, x) {
    port[p].slot[x].state = FREE;
    port[p].slot[x].sender = 0;
    port[p].slot[x].area = NONE;
    port[p].slot[x].reply_to = NONE;
    port[p].slot[x].is_reply = 0
}

// --- operations: each a few steps, each step begins where a lock is taken ---

inline begin(may) {
    may && left > 0 -> left--;
    busy++
}
inline finish() {
    a = NONE; q = 0; r = NONE; i = 0; ok = 0;
    busy--;
    if
    :: busy == 0 -> audit()
    :: else
    fi
}

// Without an answer; the same with one.
inline answer_peer_gone(p) {
    lock(p);
    if
    :: port[p].alive ->
        assert(port[p].promised > 0);
        port[p].promised--;
        queue(p, NONE, NONE, 1)
    :: else
    fi;
    unlock(p)
}

inline pick_area() {
    a = NONE;
    if
    :: true
    :: area[0].home == me && !area[0].transit -> a = 0
#if AREAS > 1
    :: area[1].home == me && !area[1].transit -> a = 1
#endif
    fi
}

#define HAS_ROOM (AVAILABLE(q) > 0 && (r == NONE || AVAILABLE(r) >= 1 + (r == q)))
#if FAULT == 2
#define IS_ALIVE seen
#else
#define IS_ALIVE port[q].alive
#endif

inline complete_send() {
    if
    :: ok ->
        queue(q, a, r, 0);
        if
        :: r != NONE -> port[r].promised++; port[r].awaited++
        :: else
        fi
    :: else
    fi;
    unlock(q);
    if
    :: r != NONE -> unlock(r)
    :: else
    fi;
    finish()
}

inline send() {
    atomic {
        begin(true);
        if
        :: q = 0
        :: q = 1
        fi;
        if
        :: true
        :: me < PORTS -> r = me
        fi;
        pick_area();
#if FAULT == 2
        seen = port[q].alive;
    }
    atomic {
#endif
#if FAULT == 3
        lock(q)
#else
        lock(LOW(q, r))
#endif
    }
    atomic {
        if
        :: r != NONE && r != q ->
#if FAULT == 3
            lock(r)
#else
            lock(HIGH(q, r))
#endif
        :: else
        fi;
        ok = (IS_ALIVE && HAS_ROOM)
    }
    if
    :: atomic { ok && a != NONE -> lock(SPACE(LOW(me, q))) }
        atomic {
            lock_other(SPACE(me), SPACE(q));
            depart(me, a);
            unlock_two(SPACE(me), SPACE(q));
            complete_send()
        }
    :: atomic { !(ok && a != NONE) -> complete_send() }
    fi
}

inline complete_receive() {
    port[me].slot[i].area = NONE;
    port[me].slot[i].state = HELD;
    port[me].awaited = port[me].awaited - port[me].slot[i].is_reply;
    unlock(me);
    finish()
}

// The areas of a message arrive before it is taken out of the queue.
inline receive() {
    atomic {
        begin(me < PORTS);
        lock(me);
        if
        :: port[me].slot[0].state == QUEUED -> i = 0
        :: port[me].slot[1].state == QUEUED -> i = 1
        :: else -> i = SLOTS
        fi;
        if
        :: i < SLOTS -> a = port[me].slot[i].area; q = port[me].slot[i].sender
        :: else -> unlock(me); finish(); goto idle
        fi
    }
    if
    :: atomic { a == NONE -> complete_receive() }
    :: atomic { a != NONE -> lock(SPACE(LOW(me, q))) }
        atomic {
            lock_other(SPACE(me), SPACE(q));
            arrive(a, me);
            unlock_two(SPACE(me), SPACE(q))
        }
        atomic { end_flight(q); complete_receive() }
    fi
}

inline pick_held() {
    if
    :: port[me].slot[0].state == HELD -> i = 0
    :: port[me].slot[1].state == HELD -> i = 1
    :: else -> i = SLOTS
    fi;
    if
    :: i < SLOTS -> r = port[me].slot[i].reply_to
    :: else
    fi
}

inline complete_reply() {
    if
    :: ok -> port[r].promised--; queue(r, a, NONE, 1)
    :: else
    fi;
    free_slot(me, i);
    unlock_two(me, r);
    finish()
}

// It looks where the reply goes under one lock, and takes both then: the reply port may have ended in between.
inline reply() {
    atomic {
        begin(me < PORTS);
        lock(me);
        pick_held();
        unlock(me);
        if
        :: i == SLOTS || r == NONE -> finish(); goto idle
        :: else -> pick_area()
        fi
    }
    atomic { lock(LOW(me, r)) }
    atomic {
        lock_other(me, r);
        ok = port[r].alive
    }
    if
    :: atomic { ok && a != NONE -> lock(SPACE(LOW(me, r))) }
        atomic {
            lock_other(SPACE(me), SPACE(r));
            depart(me, a);
            unlock_two(SPACE(me), SPACE(r));
            complete_reply()
        }
    :: atomic { !(ok && a != NONE) -> complete_reply() }
    fi
}

inline discard() {
    atomic {
        begin(me < PORTS);
        lock(me);
        pick_held();
        if
        :: i < SLOTS -> free_slot(me, i)
        :: else
        fi;
        unlock(me);
        if
#if FAULT == 5
        :: true -> finish(); goto idle
#else
        :: i == SLOTS || r == NONE -> finish(); goto idle
#endif
        :: else
        fi
    }
    atomic { answer_peer_gone(r); finish() }
}

// A port's end. Its slots are nobody else's from the first step on, for its id finds nothing any more.
inline end_port() {
    atomic {
        lock(me);
        port[me].alive = 0;
        port[me].promised = 0;
        port[me].awaited = 0;
        unlock(me)
    }
    do
    :: atomic {
            i < SLOTS ->
            a = port[me].slot[i].area;
            q = port[me].slot[i].sender;
            r = port[me].slot[i].reply_to;
            free_slot(me, i);
            i++
        }
#if FAULT != 1
        if
        :: atomic { a != NONE -> lock(SPACE(q)); arrive(a, q); unlock(SPACE(q)) }
            atomic { end_flight(q) }
        :: a == NONE
        fi;
#endif
        if
        :: atomic { r != NONE -> answer_peer_gone(r) }
        :: r == NONE
        fi
    :: i == SLOTS -> break
    od
}

inline die() {
    busy++;
    if
    :: me < PORTS -> end_port()
    :: else
    fi;
    atomic {
        lock(SPACE(me));
        release_all(me);
        space[me].ended = 1;
#if FAULT == 6
        space[me].gone = 1;
#else
        space[me].gone = (space[me].flight == 0);
#endif
        unlock(SPACE(me));
        finish()
    }
}

proctype process(byte me) {
    unsigned a : 2 = NONE, q : 2 = 0, r : 2 = NONE, i : 2 = 0, n : 2 = 0;
    bit ok = 0;
#if FAULT == 2
    bit seen = 0;
#endif
end:
idle:
    do
    :: send()
    :: receive()
    :: reply()
    :: discard()
    :: die(); break
    od
}

init {
    unsigned n : 2;
    atomic {
        for (n : 0 .. PORTS - 1) {
            port[n].alive = 1;
            free_slot(n, 0);
            free_slot(n, 1)
        }
        for (n : 0 .. AREAS - 1) {
            area[n].home = PROCESSES - 1 - n;
            area[n].reached = 1 << (PROCESSES - 1 - n)
        }
        n = 0;
        run process(0);
        run process(1);
        run process(2)
    }
}

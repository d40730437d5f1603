// SPDX-License-Identifier: MIT
// A kernel in C: c_api.h in C11, without a word of C++. Called by c_api_test.cpp, which has the machine.
#include <freehold/c_api.h>

#include <string.h>

#define EXPECT(condition)                  \
    do {                                   \
        if (!(condition)) return __LINE__; \
    } while (0)

_Static_assert(sizeof(freehold_message_head) == 32 + 8 * FREEHOLD_MESSAGE_AREAS_MAX || sizeof(freehold_word) > 4,
               "a message's head is as in ipc.h");

/// An area of two pages with a greeting in it. The line that is wrong, or 0.
static int make_area(freehold_space* space, freehold_word* base) {
    static const char greeting[] = "from C";
    freehold_allocate_options options = freehold_default_allocate_options();
    options.length_bytes = 2 * FREEHOLD_PAGE_BYTES;
    options.guard_pages_above = 1;
    EXPECT(freehold_allocate_area(space, &options, base) == FREEHOLD_OK);
    EXPECT(freehold_copy_out(space, *base, greeting, sizeof greeting) == FREEHOLD_OK);
    return 0;
}

/// Seals an area's first page and shares it in a message. The line that is wrong, or 0.
static int send_area(freehold_space* from, freehold_space* to, freehold_word base) {
    freehold_port_options port_options = freehold_default_port_options();
    uint32_t port = 0;
    EXPECT(freehold_create_port(to, &port_options, &port) == FREEHOLD_OK);
    EXPECT(freehold_seal_area(from, base, FREEHOLD_PAGE_BYTES) == FREEHOLD_OK);
    const freehold_area_to_send area = {base, FREEHOLD_PAGE_BYTES, FREEHOLD_AREA_SHARE};
    freehold_send_options options = {0};
    options.to = port;
    options.contents.payload = base;
    options.contents.length_bytes = 4;
    options.contents.areas = &area;
    options.contents.area_count = 1;
    EXPECT(freehold_send_message(from, &options) == FREEHOLD_OK);

    freehold_word address = 0;
    freehold_message_head head;
    char text[7];
    EXPECT(freehold_receive_message(to, port, &address) == FREEHOLD_OK);
    EXPECT(freehold_copy_in(to, address, &head, sizeof head) == FREEHOLD_OK);
    EXPECT(head.sender == freehold_space_id(from) && head.length_bytes == 4 && head.area_count == 1);
    EXPECT(freehold_copy_in(to, head.areas[0].base, text, sizeof text) == FREEHOLD_OK);
    EXPECT(strcmp(text, "from C") == 0);
    EXPECT(freehold_copy_out(to, head.areas[0].base, text, 1) == FREEHOLD_SEALED);
    EXPECT(freehold_discard_message(to, port, head.message) == FREEHOLD_OK);
    return 0;
}

/// What a first hour with the library is like. The line that is wrong, or 0.
int freehold_c_program(freehold_system* system);
int freehold_c_program(freehold_system* system) {
    const freehold_space_options options = freehold_default_space_options();
    freehold_space* one = NULL;
    freehold_space* other = NULL;
    freehold_word base = 0;
    EXPECT(options.limit_frames == FREEHOLD_NO_LIMIT);
    EXPECT(freehold_create_space(system, &options, &one) == FREEHOLD_OK);
    EXPECT(freehold_create_space(system, &options, &other) == FREEHOLD_OK);
    EXPECT(freehold_space_system(one) == system);

    int wrong = make_area(one, &base);
    if (wrong == 0) wrong = send_area(one, other, base);
    freehold_destroy_space(one);
    freehold_destroy_space(other);
    EXPECT(freehold_audit(system).clean == 1);
    EXPECT(strcmp(freehold_status_name(FREEHOLD_PEER_GONE), "peer_gone") == 0);
    return wrong;
}

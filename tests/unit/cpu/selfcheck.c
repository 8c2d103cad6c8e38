/* selfcheck.c - freestanding C that leans on all that a compiler makes of ARMv6-M: see selfcheck.h.
 *
 * Only fixed-width integers, unsigned where it could overflow, and IEEE doubles: no result may depend on the machine. */
#include "selfcheck.h"

#include <stdbool.h>
#include <stddef.h>

static uint32_t seed;

static uint32_t draw(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return seed;
}

static uint64_t draw64(void)
{
    const uint64_t high = draw();

    return high << 32 | draw();
}

static uint32_t mix(uint32_t hash, uint32_t value) { return (hash ^ value) * 16777619u; }
static uint32_t mix64(uint32_t hash, uint64_t value) { return mix(mix(hash, (uint32_t)value), (uint32_t)(value >> 32)); }

enum { ITEMS = 400 };

static uint32_t items[ITEMS];

static void fill_items(void)
{
    for (size_t i = 0; i < ITEMS; i++)
        items[i] = draw() % 5000;
}

static uint32_t hash_items(void)
{
    uint32_t hash = 0;

    for (size_t i = 0; i < ITEMS; i++)
        hash = mix(hash, items[i]);
    return hash;
}

static void quick_sort(uint32_t *a, int32_t low, int32_t high)
{
    const uint32_t pivot = a[low + (high - low) / 2];
    int32_t i = low, j = high;

    while (i <= j) {
        while (a[i] < pivot)
            i++;
        while (a[j] > pivot)
            j--;
        if (i <= j) {
            const uint32_t t = a[i];

            a[i++] = a[j];
            a[j--] = t;
        }
    }
    if (low < j)
        quick_sort(a, low, j);
    if (i < high)
        quick_sort(a, i, high);
}

static uint32_t check_quick_sort(void)
{
    fill_items();
    quick_sort(items, 0, ITEMS - 1);
    return hash_items();
}

static void sift_down(uint32_t *a, size_t root, size_t count)
{
    for (size_t child; (child = 2 * root + 1) < count; root = child) {
        if (child + 1 < count && a[child] < a[child + 1])
            child++;
        if (a[root] >= a[child])
            return;
        const uint32_t t = a[root];

        a[root] = a[child];
        a[child] = t;
    }
}

static uint32_t check_heap_sort(void)
{
    fill_items();
    for (size_t i = ITEMS / 2; i-- > 0;)
        sift_down(items, i, ITEMS);
    for (size_t n = ITEMS; n-- > 1;) {
        const uint32_t t = items[0];

        items[0] = items[n];
        items[n] = t;
        sift_down(items, 0, n);
    }
    return hash_items();
}

static uint32_t check_crc(void)
{
    static uint32_t table[256];
    uint32_t by_bit = 0xFFFFFFFF, by_table = 0xFFFFFFFF;

    for (uint32_t i = 0; i < 256; i++) {
        table[i] = i;
        for (unsigned k = 0; k < 8; k++)
            table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0xEDB88320u : 0);
    }
    for (unsigned n = 0; n < 1000; n++) {
        const uint8_t byte = (uint8_t)draw();

        by_table = table[(by_table ^ byte) & 0xFF] ^ by_table >> 8;
        by_bit ^= byte;
        for (unsigned k = 0; k < 8; k++)
            by_bit = by_bit >> 1 ^ (by_bit & 1 ? 0xEDB88320u : 0);
    }
    return by_bit == by_table ? by_bit : 0;
}

static uint32_t check_long_arithmetic(void)
{
    uint64_t a = draw64(), b = draw64();
    uint32_t hash = 0;

    for (unsigned i = 0; i < 200; i++) {
        a = a * b + 0x123456789ABCDEFu;
        b = (b << (a & 31)) ^ (b >> (a >> 8 & 63)) ^ draw();
        hash = mix64(hash, a - b);
        hash = mix64(hash, (uint64_t)((int64_t)a >> (b & 63)));
        hash = mix(hash, a < b ? 5 : (int64_t)a < (int64_t)b ? 7 : a == b);
    }
    return hash;
}

static uint32_t check_long_division(void)
{
    uint32_t hash = 0;

    for (unsigned i = 0; i < 150; i++) {
        const uint32_t shifts = draw();
        const uint64_t n = draw64() >> (shifts & 31), d = (draw64() >> (shifts >> 8 & 63)) | 1;
        const int64_t sn = (int64_t)(n >> 1), sd = i & 1 ? (int64_t)(d >> 1 | 1) : -(int64_t)(d >> 1 | 1);

        hash = mix64(hash, n / d);
        hash = mix64(hash, n % d);
        hash = mix64(hash, (uint64_t)(sn / sd));
        hash = mix64(hash, (uint64_t)(-sn % sd));
    }
    return hash;
}

static uint32_t check_division(void)
{
    uint32_t hash = 0;

    for (unsigned i = 0; i < 400; i++) {
        const uint32_t n = draw(), shift = draw() & 31, d = (draw() >> shift) | 1;
        const int32_t sn = (int32_t)(n >> 1), sd = i & 1 ? (int32_t)(d >> 1 | 1) : -(int32_t)(d >> 1 | 1);

        hash = mix(mix(hash, n / d), n % d);
        hash = mix(mix(hash, (uint32_t)(sn / sd)), (uint32_t)(-sn % sd));
        hash = mix(mix(hash, n / 10), n % 1000);
    }
    return hash;
}

static size_t text_length(const char *s)
{
    size_t n = 0;

    while (s[n])
        n++;
    return n;
}

static uint32_t check_strings(void)
{
    static const char *const words[] = { "page", "erase", "option", "bytes", "a", "", "watchdog", "boot" };
    char text[300], reversed[300];
    uint32_t hash = 0;
    size_t n = 0;

    for (unsigned i = 0; i < 30; i++) {
        const char *w = words[draw() % 8];

        for (size_t k = 0; w[k]; k++)
            text[n++] = (char)(i & 1 ? w[k] - ('a' - 'A') : w[k]);
        text[n++] = ' ';
    }
    text[n] = 0;
    for (size_t i = 0; i < n; i++)
        reversed[i] = text[n - 1 - i];
    reversed[n] = 0;
    for (size_t from = 0; from + 8 < n; from += 7) { /* moves that overlap, both ways */
        if (from & 1)
            for (size_t i = 8; i-- > 0;)
                reversed[from + i + 1] = reversed[from + i];
        else
            for (size_t i = 0; i < 8; i++)
                reversed[from + i] = reversed[from + i + 1];
    }
    for (size_t i = 0; i < n; i++)
        hash = mix(hash, (uint32_t)(uint8_t)text[i] << 8 | (uint8_t)reversed[i]);
    return mix(hash, (uint32_t)(text_length(text) + text_length(reversed)));
}

static uint32_t check_bits(void)
{
    uint32_t hash = 0;

    for (unsigned i = 0; i < 300; i++) {
        const uint32_t v = draw() | 1u << (i & 31);
        const unsigned by = draw() & 31;

        hash = mix(hash, (uint32_t)__builtin_popcount(v));
        hash = mix(hash, (uint32_t)__builtin_clz(v));
        hash = mix(hash, (uint32_t)__builtin_ctz(v));
        hash = mix(hash, __builtin_bswap32(v));
        hash = mix(hash, (uint32_t)__builtin_bswap16((uint16_t)v));
        hash = mix(hash, by ? v << by | v >> (32 - by) : v);
        hash = mix(hash, (uint32_t)((int32_t)v >> by));
        hash = mix(hash, (uint32_t)(int32_t)(int8_t)v ^ (uint32_t)(int32_t)(int16_t)v);
        hash = mix(hash, v & (v - 1));
    }
    return hash;
}

/* A little machine with a dense opcode space: compilers make branch tables of it. */
static uint32_t check_switch(void)
{
    uint32_t acc = 1, other = 2;

    for (unsigned i = 0; i < 2000; i++) {
        const uint32_t op = draw();

        switch (op % 19) {
        case 0: acc += op; break;
        case 1: acc -= other; break;
        case 2: acc ^= op >> 3; break;
        case 3: acc = acc << 3 | acc >> 29; break;
        case 4: other = acc; break;
        case 5: other += 7; break;
        case 6: acc |= 1u << (op >> 27); break;
        case 7: acc &= ~(1u << (op >> 27)); break;
        case 8: acc *= 31; break;
        case 9: acc = ~acc; break;
        case 10: other ^= acc; break;
        case 11: acc = acc > other ? acc - other : other - acc; break;
        case 12: acc += (uint32_t)((int32_t)acc < (int32_t)other); break;
        case 13: other = other >> 1 | other << 31; break;
        case 14: acc = (acc & 0xFFFF) * (other & 0xFFFF); break;
        case 15: acc -= op; break;
        case 16: other = op; break;
        case 17: acc += other % 11; break;
        default: acc++; break;
        }
    }
    return mix(acc, other);
}

static uint32_t ackermann(uint32_t m, uint32_t n)
{
    if (m == 0)
        return n + 1;
    return ackermann(m - 1, n == 0 ? 1 : ackermann(m, n - 1));
}

static uint32_t hanoi(unsigned discs, uint32_t from, uint32_t to, uint32_t hash)
{
    if (discs == 0)
        return hash;
    hash = hanoi(discs - 1, from, 3 - from - to, hash);
    hash = mix(hash, discs << 4 | from << 2 | to);
    return hanoi(discs - 1, 3 - from - to, to, hash);
}

static uint32_t check_recursion(void) { return mix(ackermann(2, 20), hanoi(9, 0, 2, 1)); }

struct shape {
    uint8_t kind;
    int16_t width;
    int32_t height;
    uint64_t tag;
    uint8_t name[5];
};

static struct shape grow(struct shape s, int32_t by)
{
    s.width = (int16_t)(s.width + by);
    s.height -= by;
    s.tag += (uint64_t)by << 30;
    s.name[s.kind % 5]++;
    return s;
}

static uint32_t check_structs(void)
{
    struct shape shapes[12] = { { 0 } };
    uint32_t hash = 0;

    for (unsigned i = 0; i < 120; i++) {
        struct shape *s = &shapes[draw() % 12];

        s->kind = (uint8_t)i;
        *s = grow(*s, (int32_t)(draw() & 0xFF));
        shapes[i % 12] = *s;
    }
    for (unsigned i = 0; i < 12; i++) {
        hash = mix64(mix(mix(mix(hash, shapes[i].kind), (uint32_t)(int32_t)shapes[i].width), (uint32_t)shapes[i].height), shapes[i].tag);
        for (unsigned k = 0; k < 5; k++)
            hash = mix(hash, shapes[i].name[k]);
    }
    return hash;
}

static uint32_t add_one(uint32_t x) { return x + 1; }
static uint32_t double_it(uint32_t x) { return x * 2; }
static uint32_t turn(uint32_t x) { return x >> 5 | x << 27; }

static uint32_t check_function_pointers(void)
{
    static uint32_t (*const functions[])(uint32_t) = { add_one, double_it, turn };
    uint32_t value = 5;

    for (unsigned i = 0; i < 500; i++)
        value = functions[draw() % 3](value);
    return value;
}

static uint32_t check_sieve(void)
{
    static uint8_t composite[2000];
    uint32_t hash = 0;

    for (unsigned i = 0; i < sizeof composite; i++)
        composite[i] = 0;
    for (unsigned i = 2; i < sizeof composite; i++) {
        if (composite[i])
            continue;
        hash = mix(hash, i);
        for (unsigned k = i * i; k < sizeof composite; k += i)
            composite[k] = 1;
    }
    return hash;
}

static uint32_t check_matrix(void)
{
    static int16_t a[9][9], b[9][9];
    uint32_t hash = 0;

    for (unsigned i = 0; i < 81; i++) {
        a[i / 9][i % 9] = (int16_t)(draw() & 0x3FFF);
        b[i % 9][i / 9] = (int16_t) - (int32_t)(draw() & 0x3FFF);
    }
    for (unsigned i = 0; i < 9; i++) {
        for (unsigned j = 0; j < 9; j++) {
            int64_t sum = 0;

            for (unsigned k = 0; k < 9; k++)
                sum += (int32_t)a[i][k] * b[k][j];
            hash = mix64(hash, (uint64_t)sum);
        }
    }
    return hash;
}

static uint32_t check_doubles(void)
{
    double x = 1.0, sum = 0.0;
    uint32_t hash = 0;

    for (unsigned i = 1; i < 150; i++) {
        union {
            double d;
            uint64_t bits;
        } u;

        x = x * 1.0625 + (double)(int32_t)draw() / 65536.0;
        if (x > 1e9 || x < -1e9)
            x /= 1e7;
        sum += 1.0 / ((double)i * (double)i);
        u.d = x - sum;
        hash = mix64(hash, u.bits);
        hash = mix(hash, (uint32_t)(int32_t)x);
    }
    return hash;
}

/* Memory cells of all widths, signed and unsigned, through volatile pointers: no access may be merged. */
static uint32_t check_memory(void)
{
    static volatile uint8_t bytes[64];
    static volatile int16_t halves[32];
    static volatile uint32_t words[16];
    uint32_t hash = 0;

    for (unsigned i = 0; i < 500; i++) {
        const uint32_t v = draw();

        bytes[v % 64] = (uint8_t)(v >> 8);
        halves[v >> 6 & 31] = (int16_t)(v >> 16);
        words[v >> 11 & 15] += v;
        hash = mix(hash, bytes[(v + 1) % 64] + (uint32_t)(int32_t)(int8_t)bytes[(v + 2) % 64]);
        hash = mix(hash, (uint32_t)(int32_t)halves[(v + 3) % 32] ^ (uint16_t)halves[(v + 4) % 32]);
        hash = mix(hash, words[(v + 5) % 16]);
    }
    return hash;
}

const char *const selfcheck_names[SELFCHECKS] = {
    "quick sort", "heap sort", "crc",     "64-bit arithmetic", "64-bit division",   "32-bit division", "strings", "bit tricks",
    "switch",     "recursion", "structs", "function pointers", "sieve of integers", "matrix",          "doubles", "memory of all widths",
};

void selfcheck_run(uint32_t results[SELFCHECKS])
{
    static uint32_t (*const checks[SELFCHECKS])(void) = {
        check_quick_sort, check_heap_sort, check_crc,     check_long_arithmetic, check_long_division, check_division,
        check_strings,    check_bits,      check_switch,  check_recursion,       check_structs,       check_function_pointers,
        check_sieve,      check_matrix,    check_doubles, check_memory,
    };

    for (unsigned i = 0; i < SELFCHECKS; i++) {
        seed = 0x5EC70000 + i;
        results[i] = checks[i]();
    }
}

/*
 * Prints how many bytes a second THREADS threads read from memory together, a line for each of ROUNDS rounds:
 *
 *   read-bandwidth THREADS MEBIBYTES ROUNDS
 *
 * Each thread sums its own MEBIBYTES from front to back, as the engine reads weights: reading only, far more than a
 * cache holds, aligned and allocated as ggml does it. A round lasts until the slowest thread has read everything.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef uint64_t vector __attribute__((vector_size(64)));

static size_t size;
static int rounds;
static pthread_barrier_t barrier;
/* Keeps the compiler from leaving the sums out. */
static volatile uint64_t sink;

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec * 1e-9;
}

/* Eight sums, so that reading never waits for an addition. */
static uint64_t sum(const vector *data, size_t count) {
  vector sums[8] = {0};
  for (size_t i = 0; i + 8 <= count; i += 8)
    for (int j = 0; j < 8; j++) sums[j] += data[i + j];
  uint64_t total = 0;
  for (int j = 0; j < 8; j++)
    for (int lane = 0; lane < 8; lane++) total += sums[j][lane];
  return total;
}

static void *reader(void *unused) {
  (void)unused;
  vector *data;
  if (posix_memalign((void **)&data, 64, size) != 0) {
    fprintf(stderr, "no memory for %zu bytes a thread\n", size);
    exit(1);
  }
  memset(data, 1, size);
  for (int round = 0; round < rounds; round++) {
    pthread_barrier_wait(&barrier);
    sink = sum(data, size / sizeof(vector));
    pthread_barrier_wait(&barrier);
  }
  free(data);
  return NULL;
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  int threads = atoi(argv[1]);
  size = (size_t)atoi(argv[2]) << 20;
  rounds = atoi(argv[3]);
  if (threads < 1 || size == 0 || rounds < 1) return 2;
  pthread_barrier_init(&barrier, NULL, threads + 1);
  for (int i = 0; i < threads; i++) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, reader, NULL) != 0) return 1;
  }
  for (int round = 0; round < rounds; round++) {
    pthread_barrier_wait(&barrier);
    double start = now();
    pthread_barrier_wait(&barrier);
    printf("%.0f\n", threads * (double)size / (now() - start));
  }
  return 0;
}

// Fork and join over the kernel's own threads. The caller works too; indices are handed out one by one, so uneven tasks
// balance. Several callers (JavaScript workers of one process) may have jobs open at the same time.
#include "internal.h"

#if defined(__wasm__) && !defined(HESPER_THREADS)
namespace hesper {
void run_tasks(int, int count, Task task, void* context) {
  for (int i = 0; i < count; i++) task(context, i, 0);
}
void wait_briefly(int) {}
void jobs_want(int) {}
void jobs_stop() {}
}  // namespace hesper

#elif defined(__wasm__)
namespace hesper {
namespace {
// One job at a time. `gate` counts the workers inside; while no job is open it is lowered by CLOSED, so a worker that
// comes late sees a negative number and goes back to sleep.
constexpr int32_t CLOSED = 1 << 20;
struct {
  Task task;
  void* context;
  int32_t count, slots, next, slot;
} job;
int32_t gate = -CLOSED, epoch, stopping;

void work(int slot) {
  for (int i; (i = __atomic_fetch_add(&job.next, 1, __ATOMIC_RELAXED)) < job.count;) job.task(job.context, i, slot);
}
}  // namespace

void wait_briefly(int spins) {
  if (spins > 4000) __builtin_wasm_memory_atomic_wait32(&stopping, 0, 20000);  // 20 us
}

void run_tasks(int threads, int count, Task task, void* context) {
  if (threads <= 1 || count <= 1) {
    for (int i = 0; i < count; i++) task(context, i, 0);
    return;
  }
  job = {task, context, count, threads, 0, 1};
  __atomic_fetch_add(&gate, CLOSED, __ATOMIC_SEQ_CST);
  __atomic_fetch_add(&epoch, 1, __ATOMIC_SEQ_CST);
  __builtin_wasm_memory_atomic_notify(&epoch, (uint32_t)threads - 1);
  work(0);
  for (int spins = 0;; spins++) {
    int32_t nobody = 0;
    if (__atomic_compare_exchange_n(&gate, &nobody, -CLOSED, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) return;
    wait_briefly(spins);
  }
}
void jobs_want(int) {}
void jobs_stop() {
  __atomic_store_n(&stopping, 1, __ATOMIC_SEQ_CST);
  __atomic_fetch_add(&epoch, 1, __ATOMIC_SEQ_CST);
  __builtin_wasm_memory_atomic_notify(&epoch, 1 << 20);
}

// The body of a worker: returns when the kernel is closed.
HESPER_API(hesper_worker_run) int32_t hesper_worker_run() {
  for (int32_t seen = 0;;) {
    const int32_t now = __atomic_load_n(&epoch, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&stopping, __ATOMIC_SEQ_CST)) return 0;
    if (now == seen) {
      __builtin_wasm_memory_atomic_wait32(&epoch, seen, -1);
      continue;
    }
    seen = now;
    if (__atomic_fetch_add(&gate, 1, __ATOMIC_SEQ_CST) >= 0) {
      const int slot = __atomic_fetch_add(&job.slot, 1, __ATOMIC_SEQ_CST);
      if (slot < job.slots) work(slot);
    }
    __atomic_fetch_sub(&gate, 1, __ATOMIC_SEQ_CST);
  }
}
}  // namespace hesper

#else
#include <pthread.h>
#include <sched.h>

namespace hesper {
namespace {

struct Job {
  Task task;
  void* context;
  int count, slots;
  int next;            // atomic
  int slot, active;    // under the mutex: slots given out, workers inside
  Job* link;
};

constexpr int MOST = 256;
pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t wake = PTHREAD_COND_INITIALIZER, done = PTHREAD_COND_INITIALIZER;
Job* jobs;
pthread_t workers[MOST];
int worker_count;
bool stopping;

void work(Job* job, int slot) {
  for (int i; (i = __atomic_fetch_add(&job->next, 1, __ATOMIC_RELAXED)) < job->count;) job->task(job->context, i, slot);
}
Job* open_job() {
  for (Job* j = jobs; j; j = j->link)
    if (j->slot < j->slots && __atomic_load_n(&j->next, __ATOMIC_RELAXED) < j->count) return j;
  return nullptr;
}
void* worker(void*) {
  pthread_mutex_lock(&mutex);
  while (!stopping) {
    Job* const job = open_job();
    if (!job) {
      pthread_cond_wait(&wake, &mutex);
      continue;
    }
    const int slot = job->slot++;
    job->active++;
    pthread_mutex_unlock(&mutex);
    work(job, slot);
    pthread_mutex_lock(&mutex);
    if (--job->active == 0) pthread_cond_broadcast(&done);
  }
  pthread_mutex_unlock(&mutex);
  return nullptr;
}

}  // namespace

void wait_briefly(int spins) {
  if (spins > 2000) sched_yield();
#if defined(__x86_64__)
  else __builtin_ia32_pause();
#elif defined(__aarch64__)
  else __asm__ volatile("yield");
#endif
}

void run_tasks(int threads, int count, Task task, void* context) {
  if (threads <= 1 || count <= 1) {
    for (int i = 0; i < count; i++) task(context, i, 0);
    return;
  }
  Job job{task, context, count, threads, 0, 1, 0, nullptr};
  pthread_mutex_lock(&mutex);
  job.link = jobs;
  jobs = &job;
  pthread_cond_broadcast(&wake);
  pthread_mutex_unlock(&mutex);
  work(&job, 0);
  pthread_mutex_lock(&mutex);
  for (Job** at = &jobs;; at = &(*at)->link)
    if (*at == &job) {
      *at = job.link;
      break;
    }
  while (job.active > 0) pthread_cond_wait(&done, &mutex);
  pthread_mutex_unlock(&mutex);
}

void jobs_want(int threads) {
  pthread_mutex_lock(&mutex);
  stopping = false;
  while (worker_count < threads - 1 && worker_count < MOST &&
         pthread_create(&workers[worker_count], nullptr, worker, nullptr) == 0)
    worker_count++;
  pthread_mutex_unlock(&mutex);
}
void jobs_stop() {
  pthread_mutex_lock(&mutex);
  stopping = true;
  const int count = worker_count;
  worker_count = 0;
  pthread_cond_broadcast(&wake);
  pthread_mutex_unlock(&mutex);
  for (int i = 0; i < count; i++) pthread_join(workers[i], nullptr);
}
}  // namespace hesper
#endif

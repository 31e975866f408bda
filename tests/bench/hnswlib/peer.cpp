// The peer that the engine is measured against: hnswlib 0.6.2 as Debian packages it, driven over standard input and output, so that rounds of
// both sides can take turns while both indexes stay loaded.
//
//   peer TRAIN ROWS DIM l2|cosine TEST QUERIES
//
// TRAIN and TEST are little-endian float32, row after row. Commands, one a line, and their answers:
//
//   build THREADS M EFC      built WALL CPU          seconds; drops the index before it
//   save FILE                saved
//   load FILE                loaded                  or "failed"
//   search EF K FILE         searched WALL CPU       one thread, all queries once; FILE gets K uint32 labels a query, nearest first
//
// Cosine is the inner product of vectors that are normalised before the clock runs, as hnswlib's own binding does it.
#include <hnswlib/hnswlib.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace {

double cpuSeconds() {
  timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return t.tv_sec + 1e-9 * t.tv_nsec;
}

double wallSeconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::vector<float> readFloats(const char* name, size_t n) {
  std::vector<float> out(n);
  FILE* f = fopen(name, "rb");
  if (f == nullptr || fread(out.data(), sizeof(float), n, f) != n) {
    fprintf(stderr, "peer: cannot read %zu floats of %s\n", n, name);
    exit(1);
  }
  fclose(f);
  return out;
}

void normalise(std::vector<float>& rows, size_t dim) {
  for (size_t at = 0; at < rows.size(); at += dim) {
    double sum = 0;
    for (size_t j = 0; j < dim; j++) sum += double(rows[at + j]) * rows[at + j];
    if (sum == 0) continue;
    const double scale = 1 / std::sqrt(sum);
    for (size_t j = 0; j < dim; j++) rows[at + j] = float(rows[at + j] * scale);
  }
}

using Graph = hnswlib::HierarchicalNSW<float>;

struct Peer {
  size_t dim, rows, queries;
  std::vector<float> train, test;
  std::unique_ptr<hnswlib::SpaceInterface<float>> space;
  std::unique_ptr<Graph> graph;

  void build(int threads, int m, int efc) {
    graph.reset();
    const double wall = wallSeconds(), cpu = cpuSeconds();
    graph.reset(new Graph(space.get(), rows, m, efc, 100));
    graph->addPoint(train.data(), 0);
    std::atomic<size_t> next(1);
    std::vector<std::thread> workers;
    for (int t = 0; t < threads; t++) {
      workers.emplace_back([&] {
        for (size_t i; (i = next++) < rows;) graph->addPoint(train.data() + i * dim, i);
      });
    }
    for (auto& w : workers) w.join();
    std::cout << "built " << wallSeconds() - wall << " " << cpuSeconds() - cpu << std::endl;
  }

  void search(int ef, int k, const std::string& file) {
    graph->setEf(ef);
    std::vector<uint32_t> labels(queries * k, UINT32_MAX);
    const double wall = wallSeconds(), cpu = cpuSeconds();
    for (size_t q = 0; q < queries; q++) {
      auto found = graph->searchKnn(test.data() + q * dim, k);
      while (!found.empty()) {
        labels[q * k + found.size() - 1] = uint32_t(found.top().second);
        found.pop();
      }
    }
    const double tookWall = wallSeconds() - wall, tookCPU = cpuSeconds() - cpu;
    FILE* f = fopen(file.c_str(), "wb");
    if (f == nullptr || fwrite(labels.data(), 4, labels.size(), f) != labels.size()) exit(1);
    fclose(f);
    std::cout << "searched " << tookWall << " " << tookCPU << std::endl;
  }

  void load(const std::string& file) {
    try {
      graph.reset(new Graph(space.get(), file, false, rows));
      std::cout << (graph->cur_element_count == rows ? "loaded" : "failed") << std::endl;
    } catch (const std::exception&) {
      std::cout << "failed" << std::endl;
    }
  }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) {
    fprintf(stderr, "usage: peer TRAIN ROWS DIM l2|cosine TEST QUERIES\n");
    return 2;
  }
  Peer p;
  p.rows = strtoull(argv[2], nullptr, 10);
  p.dim = strtoull(argv[3], nullptr, 10);
  p.queries = strtoull(argv[6], nullptr, 10);
  p.train = readFloats(argv[1], p.rows * p.dim);
  p.test = readFloats(argv[5], p.queries * p.dim);
  if (std::string(argv[4]) == "cosine") {
    normalise(p.train, p.dim);
    normalise(p.test, p.dim);
    p.space.reset(new hnswlib::InnerProductSpace(p.dim));
  } else {
    p.space.reset(new hnswlib::L2Space(p.dim));
  }
  std::cout << "ready" << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream in(line);
    std::string command, file;
    int a = 0, b = 0, c = 0;
    in >> command;
    if (command == "build" && in >> a >> b >> c) {
      p.build(a, b, c);
    } else if (command == "search" && in >> a >> b >> file) {
      p.search(a, b, file);
    } else if (command == "load" && in >> file) {
      p.load(file);
    } else if (command == "save" && in >> file) {
      p.graph->saveIndex(file);
      std::cout << "saved" << std::endl;
    } else {
      std::cout << "unknown" << std::endl;
    }
  }
}

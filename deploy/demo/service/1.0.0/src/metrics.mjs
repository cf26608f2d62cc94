import { prometheus } from './vendor.mjs';

// The service's objectives: half a second is fast, two seconds is the alert.
const BUCKETS_SECONDS = [0.5, 1, 2, 5, 10];

/** Prometheus metrics of the process, the requests and the database pool. */
export function createMetrics({ database }) {
  const register = new prometheus.Registry();
  prometheus.collectDefaultMetrics({ register });
  const labelNames = ['method', 'route', 'status'];
  const requests = new prometheus.Counter({
    name: 'http_requests_total',
    help: 'Requests answered.',
    labelNames,
    registers: [register],
  });
  const durations = new prometheus.Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time to answer a request.',
    labelNames,
    buckets: BUCKETS_SECONDS,
    registers: [register],
  });
  gauge('pg_pool_connections', 'Open database connections.', () => database.usage().connections);
  gauge('queue_depth', 'Requests that wait for a database connection.', () => database.usage().waiting);

  function gauge(name, help, read) {
    new prometheus.Gauge({
      name,
      help,
      registers: [register],
      collect() {
        this.set(read());
      },
    });
  }
  return {
    contentType: register.contentType,
    text: () => register.metrics(),
    record: (labels, seconds) => {
      requests.inc(labels);
      durations.observe(labels, seconds);
    },
  };
}

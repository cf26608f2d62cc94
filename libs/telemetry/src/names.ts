/** The names under which the usual exporters publish the built-in metrics, the most common first. */

export const requestCounters = [
  'http_requests_total',
  'http_server_requests_total',
  'http_server_requests_seconds_count',
  'http_request_duration_seconds_count',
  'http_server_request_duration_seconds_count',
  'http_request_duration_milliseconds_count',
  'http_server_request_duration_milliseconds_count',
  'http_server_duration_milliseconds_count',
] as const;

export const statusLabels = ['status', 'code', 'status_code', 'http_status_code', 'http_response_status_code'] as const;

export const durationHistograms = [
  'http_request_duration_seconds',
  'http_server_request_duration_seconds',
  'http_server_requests_seconds',
  'http_request_duration_milliseconds',
  'http_server_request_duration_milliseconds',
  'http_server_duration_milliseconds',
] as const;

export const cpuCounters = ['process_cpu_seconds_total', 'process_cpu_time_seconds_total'] as const;

export const memoryGauges = [
  'process_resident_memory_bytes',
  'process_memory_usage_bytes',
  'container_memory_working_set_bytes',
] as const;

/** A gauge, and the label value that its series must carry where it counts other things as well. */
export interface GaugeName {
  readonly name: string;
  readonly label?: string;
  readonly value?: string;
}

export const connectionGauges: readonly GaugeName[] = [
  { name: 'pg_pool_connections' },
  { name: 'db_client_connections_usage', label: 'state', value: 'used' },
  { name: 'db_client_connection_count', label: 'state', value: 'used' },
  { name: 'db_client_connections_in_use' },
  { name: 'go_sql_in_use_connections' },
  { name: 'hikaricp_connections_active' },
  { name: 'pg_stat_activity_count' },
];

export const queueGauges: readonly GaugeName[] = [
  { name: 'queue_depth' },
  { name: 'bullmq_job_count', label: 'state', value: 'waiting' },
  { name: 'bullmq_queue_waiting' },
  { name: 'jobs_waiting' },
  { name: 'queue_jobs_waiting' },
  { name: 'rabbitmq_queue_messages_ready' },
];

export const startTime = 'process_start_time_seconds';

const histogramParts = durationHistograms.flatMap((base) => [`${base}_bucket`, `${base}_sum`, `${base}_count`]);

/** Every name that a built-in metric may be computed from. */
export const knownNames: readonly string[] = [
  ...new Set([
    ...requestCounters,
    ...histogramParts,
    ...cpuCounters,
    ...memoryGauges,
    ...[...connectionGauges, ...queueGauges].map(({ name }) => name),
  ]),
];

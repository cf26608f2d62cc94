export { deliver, type Delivery, type DeliveryOptions, type Notice } from './deliver.ts';
export { type Destination, parseDestination } from './destination.ts';
export { UnsupportedDestination } from './errors.ts';

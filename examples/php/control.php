<?php
/*
 * The store control protocol for a shop: a test build offers it so that the suite knows what the shop holds.
 *
 * It is JSON over HTTP with a bearer token of its own. Never offer it in production: everyone with the
 * token can create orders.
 */
declare(strict_types=1);

const MAX_BATCH = 500;
const CHANGEABLE = ['status', 'modified_at', 'customer_notes', 'internal_notes'];
const DEFAULTS = [
    'currency' => 'USD', 'shipping_method' => '', 'payment_method' => '', 'total' => '0', 'tax' => '0',
    'shipping_amount' => '0', 'discounts' => [], 'gift' => false, 'gift_message' => '', 'customer_notes' => '',
    'internal_notes' => '', 'weight' => null, 'items' => [], 'shipments' => [], 'status' => 'Processed',
];

/** A call that is rejected: status as code, path of the wrong field, reason. */
class RejectedCall extends Exception
{
    public function __construct(int $status, public string $path, string $why)
    {
        parent::__construct($why, $status);
    }
}

/** Answer a call: return the status and the value of the reply. */
function control(Shop $shop): array
{
    try {
        $expected = 'Bearer ' . getenv('CONTROL_TOKEN');
        if (!hash_equals($expected, $_SERVER['HTTP_AUTHORIZATION'] ?? '')) {
            throw new RejectedCall(401, '', 'the token is wrong');
        }
        return route($shop, $_SERVER['REQUEST_METHOD'], $_SERVER['REQUEST_URI']);
    } catch (RejectedCall $wrong) {
        return [$wrong->getCode(), ['path' => $wrong->path, 'error' => $wrong->getMessage()]];
    }
}

/** Find the call and carry it out. */
function route(Shop $shop, string $method, string $target): array
{
    $path = substr((string) parse_url($target, PHP_URL_PATH), strlen('/control/v1'));
    switch ("$method $path") {
        case 'GET /store':
            return [200, facts()];
        case 'GET /orders':
            $from = timeOf(text($_GET['modified_from'] ?? ''), 'modified_from');
            $to = timeOf(text($_GET['modified_to'] ?? ''), 'modified_to');
            $fields = array_flip(['order_number', 'modified_at']);
            $orders = array_map(fn ($order) => array_intersect_key($order, $fields), $shop->modifiedIn($from, $to));
            return [200, ['orders' => $orders]];
        case 'POST /orders':
            return [201, create($shop, content())];
        case 'POST /orders/batch':
            return [200, ['results' => array_map(fn ($draft) => createdOrError($shop, $draft), several('orders'))]];
        case 'POST /orders/lookup':
            $found = array_map(fn ($number) => $shop->orders[$number] ?? null, several('order_numbers'));
            return [200, ['orders' => $found]];
        case 'POST /orders/remove':
            return [200, ['results' => removed($shop, several('order_numbers'))]];
    }
    $number = rawurldecode(substr($path, strlen('/orders/')));
    if (!str_starts_with($path, '/orders/') || !isset($shop->orders[$number])) {
        throw new RejectedCall(404, '', 'there is no such order');
    }
    if ($method === 'PATCH') {
        change($shop, $number, content());
    } elseif ($method === 'DELETE') {
        unset($shop->orders[$number]);
        $shop->save();
        return [204, null];
    } elseif ($method !== 'GET') {
        throw new RejectedCall(405, '', 'use GET, PATCH or DELETE');
    }
    return [200, $shop->orders[$number]];
}

function content(): array
{
    $content = json_decode((string) file_get_contents('php://input'), true);
    return is_array($content) ? $content : throw new RejectedCall(422, '', 'the body is not a JSON object');
}

/** Return the list of a call for several orders, which may have up to 500. */
function several(string $name): array
{
    $found = content()[$name] ?? null;
    if (!is_array($found) || count($found) > MAX_BATCH) {
        throw new RejectedCall(422, $name, 'must be a list of up to ' . MAX_BATCH);
    }
    return array_values($found);
}

/** Create an order of a batch, or return why it is rejected. */
function createdOrError(Shop $shop, mixed $draft): array
{
    try {
        return create($shop, is_array($draft) ? $draft : []);
    } catch (RejectedCall $wrong) {
        return ['path' => $wrong->path, 'error' => $wrong->getMessage()];
    }
}

/** Delete orders; return for each whether there was one. */
function removed(Shop $shop, array $numbers): array
{
    $found = array_map(fn ($number) => isset($shop->orders[$number]), $numbers);
    foreach ($numbers as $number) {
        unset($shop->orders[$number]);
    }
    $shop->save();
    return $found;
}

/** Return the facts that the shop states about itself. */
function facts(): array
{
    return [
        'name' => 'Example shop', 'platform' => 'example', 'version' => '1', 'timezone' => 'UTC',
        'currency' => 'USD', 'weight_unit' => 'kg', 'statuses' => STATUSES, 'orders_per_page' => PER_PAGE,
        'capabilities' => ['read', 'create', 'update', 'delete', 'batch'], 'lacks' => [],
    ];
}

/** Create an order from a draft. The shop chooses the id, and the number if the draft has none. */
function create(Shop $shop, array $draft): array
{
    $given = array_filter($draft, fn ($value) => $value !== null && $value !== '');
    $order = array_merge(DEFAULTS, $given);
    requireStatus($order['status']);
    if (!is_array($order['customer']['billing'] ?? null)) {
        throw new RejectedCall(422, 'customer', 'must be a customer with a billing address');
    }
    foreach (['total', 'tax', 'shipping_amount'] as $name) {
        if (!is_numeric($order[$name])) {
            throw new RejectedCall(422, $name, 'must be a decimal as text');
        }
    }
    foreach ($order['items'] as $place => &$item) {
        $item['line_id'] = firstOf((string) ($item['line_id'] ?? ''), (string) ($place + 1));
        if (!is_int($item['quantity'] ?? null) || $item['quantity'] < 1) {
            throw new RejectedCall(422, "items[$place].quantity", 'must be a whole number from 1 on');
        }
    }
    unset($item);
    $shop->last++;
    $order['order_number'] ??= "EX-$shop->last";
    $order['order_id'] = (string) ($shop->last + 500_000);
    $order['placed_at'] = utc($order['placed_at'] ?? 'now', 'placed_at');
    $order['modified_at'] = utc($order['modified_at'] ?? $order['placed_at'], 'modified_at');
    $shop->orders[$order['order_number']] = $order;
    $shop->save();
    return ['order_number' => $order['order_number'], 'order_id' => $order['order_id']];
}

/** Change fields of an order. Without modified_at the order is modified now. */
function change(Shop $shop, string $number, array $fields): void
{
    foreach (array_diff(array_keys($fields), CHANGEABLE) as $unknown) {
        throw new RejectedCall(422, (string) $unknown, 'must be one of ' . implode(', ', CHANGEABLE));
    }
    if (isset($fields['status'])) {
        requireStatus($fields['status']);
    }
    $fields['modified_at'] = utc($fields['modified_at'] ?? 'now', 'modified_at');
    $shop->orders[$number] = array_merge($shop->orders[$number], $fields);
    $shop->save();
}

function requireStatus(mixed $name): void
{
    $known = array_column(STATUSES, 'name');
    if (!in_array($name, $known, true)) {
        throw new RejectedCall(422, 'status', 'must be one of ' . implode(', ', $known));
    }
}

function timeOf(string $given, string $path): int
{
    $time = strtotime($given);
    return $time === false ? throw new RejectedCall(422, $path, 'must be a time like 2026-11-01T09:30:00Z') : $time;
}

/** Return the time in UTC, to the second. */
function utc(string $given, string $path): string
{
    return gmdate('Y-m-d\TH:i:s\Z', timeOf($given, $path));
}

<?php
// Import the orders of a store, and notify it of shipments. Needs PHP 8 with SimpleXML (php-xml).
//
//     php connector.php pull --url=URL --user=NAME --since=TIME --until=TIME --state=DIR --statuses=FILE --result=FILE
//     php connector.php ship --url=URL --user=NAME --shipment=FILE --state=DIR
//
// The password is in the environment variable STORE_PASSWORD. The state folder has
//
// - orders.json: the orders by their number,
// - window.json: the end of the last window that was imported completely,
// - outbox.json: the notifications that the store has not accepted yet,
// - accepted.json: the notifications that the store has accepted.

declare(strict_types=1);

const CALL_LIMIT_S = 20; // a call of this program sends no request after this time
const ATTEMPTS = 4;
const FIRST_PAUSE_S = 0.5;
const MAX_REDIRECTS = 5;

const GRAMS = [
    'pound' => 453.59237, 'pounds' => 453.59237, 'lb' => 453.59237, 'lbs' => 453.59237,
    'ounce' => 28.349523125, 'ounces' => 28.349523125, 'oz' => 28.349523125,
    'gram' => 1.0, 'grams' => 1.0, 'gm' => 1.0, 'gms' => 1.0, 'g' => 1.0,
];

/** The store did not do what was asked. The next call tries again. */
class Failed extends Exception
{
}

/** The same request may succeed after a pause. */
class TryAgain extends Failed
{
    public function __construct(string $message, public readonly ?float $pause = null)
    {
        parent::__construct($message);
    }
}

/** The store refused user name or password. A person has to correct them. */
class Refused extends Failed
{
}

function say(string $message): void
{
    fwrite(STDERR, $message . "\n");
}

// ---------------------------------------------------------------------- requests

class Store
{
    private float $giveUpAt;

    public function __construct(
        private string $url,
        private string $user,
        private string $password,
        private float $timeout,
    ) {
        $this->giveUpAt = microtime(true) + CALL_LIMIT_S;
    }

    /** Return what $read makes of the reply. Trouble that may pass is waited for. */
    public function request(string $method, array $parameters, callable $read, string $body = ''): mixed
    {
        for ($attempt = 1, $pause = FIRST_PAUSE_S;; $attempt++, $pause *= 2) {
            try {
                return $read($this->send($method, $parameters, $body));
            } catch (TryAgain $trouble) {
                $wait = $trouble->pause ?? $pause;
                if ($attempt === ATTEMPTS || microtime(true) + $wait > $this->giveUpAt) {
                    throw $trouble;
                }
                say("{$trouble->getMessage()}; next attempt in $wait s");
                usleep((int) ($wait * 1e6));
            }
        }
    }

    /** Return the body of a successful reply. */
    private function send(string $method, array $parameters, string $body): string
    {
        $more = http_build_query($parameters, '', '&', PHP_QUERY_RFC3986);
        $url = $this->url . (str_contains($this->url, '?') ? '&' : '?') . $more; // the URL has a query of its own
        for ($hop = 0; $hop < MAX_REDIRECTS; $hop++) {
            [$status, $headers, $content] = $this->exchange($method, $url, $body);
            if (!in_array($status, [301, 302, 303, 307, 308], true)) {
                return accepted($status, $headers, $content);
            }
            $target = absolute($headers['location'] ?? '', $url);
            if (origin($target) !== origin($this->url)) {
                throw new TryAgain("the store redirects to another server, which must not see the password: $target");
            }
            if ($method === 'POST' && !in_array($status, [307, 308], true)) {
                throw new Failed("the store redirects a notification with status $status");
            }
            $url = $target;
        }
        throw new TryAgain('the store redirects again and again');
    }

    /** Return the status, the headers with names in lower case, and the body of one reply. */
    private function exchange(string $method, string $url, string $body): array
    {
        $sent = [
            'Authorization: Basic ' . base64_encode("$this->user:$this->password"),
            'Accept-Encoding: gzip',
            'Connection: close',
        ];
        if ($body !== '') {
            $sent[] = 'Content-Type: application/xml; charset=utf-8';
        }
        $options = [
            'method' => $method,
            'header' => $sent,
            'content' => $body,
            'timeout' => $this->timeout,
            'protocol_version' => 1.1,
            'ignore_errors' => true, // replies with an error status have a body, too
            'follow_location' => 0, // PHP would send the password to any server that it is redirected to
        ];
        $stream = @fopen($url, 'r', false, stream_context_create(['http' => $options]));
        if ($stream === false) {
            throw new TryAgain('the store did not answer: ' . (error_get_last()['message'] ?? ''));
        }
        $content = '';
        $giveUpAt = microtime(true) + $this->timeout; // PHP's own time limit is for each part of the body
        while (!feof($stream)) {
            $content .= fread($stream, 65536);
            if (stream_get_meta_data($stream)['timed_out'] || microtime(true) > $giveUpAt) {
                throw new TryAgain('the reply did not come in time');
            }
        }
        $lines = stream_get_meta_data($stream)['wrapper_data'];
        fclose($stream);
        $headers = [];
        foreach (array_slice($lines, 1) as $line) {
            [$name, $value] = array_pad(explode(':', $line, 2), 2, '');
            $headers[strtolower(trim($name))] = trim($value);
        }
        if (isset($headers['content-length']) && strlen($content) < (int) $headers['content-length']) {
            throw new TryAgain('the reply was cut off'); // PHP does not report that
        }
        if (strtolower($headers['content-encoding'] ?? '') === 'gzip') {
            $content = @gzdecode($content);
            if ($content === false) {
                throw new TryAgain('the compressed reply was cut off');
            }
        }
        return [(int) (explode(' ', $lines[0])[1] ?? 0), $headers, $content];
    }
}

/** Return scheme, host and port of a URL. */
function origin(string $url): array
{
    $parts = parse_url($url) ?: [];
    $scheme = strtolower($parts['scheme'] ?? '');
    return [$scheme, strtolower($parts['host'] ?? ''), $parts['port'] ?? ($scheme === 'https' ? 443 : 80)];
}

/** Return the URL that a Location header names. */
function absolute(string $location, string $base): string
{
    [$scheme, $host, $port] = origin($base);
    return match (true) {
        str_contains($location, '://') => $location,
        str_starts_with($location, '//') => "$scheme:$location",
        str_starts_with($location, '/') => "$scheme://$host:$port$location",
        str_starts_with($location, '?') => strtok($base, '?') . $location,
        default => dirname(strtok($base, '?') . '.') . "/$location",
    };
}

function accepted(int $status, array $headers, string $content): string
{
    if ($status === 401 || $status === 403) {
        throw new Refused("the store refused user name or password (status $status)");
    }
    if ($status === 429 || $status >= 500) {
        $pause = $headers['retry-after'] ?? '';
        throw new TryAgain("the store answered with status $status", ctype_digit($pause) ? (float) $pause : null);
    }
    if ($status < 200 || $status >= 300) {
        throw new Failed("the store answered with status $status");
    }
    return $content;
}

/** Return the number of pages and the orders of a document. */
function readOrders(string $content): array
{
    libxml_use_internal_errors(true);
    libxml_clear_errors();
    $root = simplexml_load_string($content, options: LIBXML_NONET | LIBXML_PARSEHUGE);
    if ($root === false) {
        if (stripos(substr($content, 0, 500), 'denied') !== false) {
            throw new Refused('the store refused user name or password');
        }
        throw new TryAgain('the reply is not XML: ' . trim(libxml_get_errors()[0]->message ?? 'it is empty'));
    }
    if ($root->getName() !== 'Orders') {
        throw new TryAgain("the reply is not an Orders document, but {$root->getName()}");
    }
    $orders = [];
    foreach ($root->Order as $order) { // the same for none, one and many
        $orders[] = $order;
    }
    return [(int) ($root['pages'] ?? 1) ?: 1, $orders];
}

// ---------------------------------------------------------------------- orders

/** Return the text at a path: empty if an element of the path is missing. */
function text(SimpleXMLElement $element, string $path): string
{
    return trim((string) ($element->xpath($path)[0] ?? ''));
}

/** Return a time in RFC 3339. The store writes UTC, with 12 or with 24 hours. */
function moment(string $written): ?string
{
    $form = '~^(\d{1,2})/(\d{1,2})/(\d{2,4})\s+(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([AaPp][Mm])?$~';
    if (!preg_match($form, $written, $found)) {
        return null;
    }
    [$month, $day, $year, $hour, $minute, $second] = array_map(intval(...), array_slice([...$found, '0'], 1, 6));
    $half = strtoupper($found[7] ?? '');
    if ($half === 'PM' && $hour < 12) {
        $hour += 12;
    }
    if ($half === 'AM' && $hour === 12) {
        $hour = 0;
    }
    $year += $year < 100 ? 2000 : 0;
    return sprintf('%04d-%02d-%02dT%02d:%02d:%02dZ', $year, $month, $day, $hour, $minute, $second);
}

function isTrue(string $written): bool
{
    return in_array(strtolower($written), ['true', '1'], true);
}

function weight(SimpleXMLElement $element, string $unit): ?array
{
    $value = text($element, 'Weight');
    return $value !== '' && $unit !== '' ? ['value' => $value, 'unit' => $unit] : null;
}

function grams(?array $weight): float
{
    return $weight === null ? 0.0 : (float) $weight['value'] * (GRAMS[strtolower($weight['unit'])] ?? 0.0);
}

function address(SimpleXMLElement $order, string $kind): array
{
    $tags = [
        'name' => 'Name', 'company' => 'Company', 'phone' => 'Phone', 'address1' => 'Address1', 'address2' => 'Address2',
        'city' => 'City', 'state' => 'State', 'postal_code' => 'PostalCode', 'country' => 'Country',
    ];
    return array_map(fn (string $tag) => text($order, "Customer/$kind/$tag"), $tags);
}

function makeItem(SimpleXMLElement $element): array
{
    $unit = text($element, 'WeightUnits');
    return [
        'line_id' => text($element, 'LineItemID'),
        'sku' => text($element, 'SKU'),
        'name' => text($element, 'Name'),
        'quantity' => (int) (text($element, 'Quantity') ?: 1),
        'unit_price' => text($element, 'UnitPrice') ?: '0', // as text: a float would change it
        'weight' => weight($element, $unit),
        'image_url' => text($element, 'ImageUrl'),
        'location' => text($element, 'Location'),
        'options' => array_map(
            fn ($each) => ['name' => text($each, 'Name'), 'value' => text($each, 'Value'), 'weight' => weight($each, $unit)],
            $element->xpath('Options/Option'),
        ),
    ];
}

function makeOrder(SimpleXMLElement $element, array $meanings): array
{
    $items = $discounts = [];
    $total = 0.0;
    foreach ($element->xpath('Items/Item') as $each) {
        $item = makeItem($each);
        if (isTrue(text($each, 'Adjustment'))) { // a discount or coupon among the lines
            $amount = number_format(abs((float) $item['unit_price'] * $item['quantity']), 2, '.', '');
            $discounts[] = ['name' => $item['name'], 'coupon' => $item['sku'], 'amount' => $amount];
            continue;
        }
        $items[] = $item;
        $weights = [$item['weight'], ...array_column($item['options'], 'weight')];
        $total += $item['quantity'] * array_sum(array_map(grams(...), $weights));
    }
    $billing = address($element, 'BillTo');
    $shipping = address($element, 'ShipTo');
    $status = text($element, 'OrderStatus');
    return [
        'order_number' => text($element, 'OrderNumber'),
        'order_id' => text($element, 'OrderID'),
        'status' => $status,
        'state' => $meanings[$status] ?? null, // null: nobody has said what this status means
        'placed_at' => moment(text($element, 'OrderDate')),
        'modified_at' => moment(text($element, 'LastModified')),
        'currency' => text($element, 'CurrencyCode') ?: null,
        'customer' => [
            'code' => text($element, 'Customer/CustomerCode'),
            'email' => text($element, 'Customer/BillTo/Email'),
            'phone' => $billing['phone'] !== '' ? $billing['phone'] : $shipping['phone'],
            'billing' => $billing,
            'shipping' => $shipping,
        ],
        'shipping_method' => text($element, 'ShippingMethod'),
        'payment_method' => text($element, 'PaymentMethod'),
        'total' => text($element, 'OrderTotal'),
        'tax' => text($element, 'TaxAmount') ?: '0',
        'shipping_amount' => text($element, 'ShippingAmount') ?: '0',
        'discounts' => $discounts,
        'gift' => isTrue(text($element, 'Gift')),
        'gift_message' => text($element, 'GiftMessage'),
        'customer_notes' => text($element, 'CustomerNotes'),
        'internal_notes' => text($element, 'InternalNotes'),
        'weight' => ['value' => number_format($total, 3, '.', ''), 'unit' => 'g'],
        'items' => $items,
    ];
}

function hasAddress(array $order): bool
{
    $shipping = $order['customer']['shipping'];
    return $shipping['name'] !== '' && $shipping['address1'] !== '' && $shipping['city'] !== '';
}

// ---------------------------------------------------------------------- pull

function load(string $folder, string $name): mixed
{
    $path = "$folder/$name";
    return file_exists($path) ? json_decode(file_get_contents($path), true, flags: JSON_THROW_ON_ERROR) : null;
}

function json(mixed $value): string
{
    return json_encode($value, JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES);
}

/** Write a file so that a crash leaves the old one or the new one. */
function save(string $folder, string $name, mixed $value): void
{
    file_put_contents("$folder/$name.new", json($value));
    rename("$folder/$name.new", "$folder/$name");
}

/** Return a bound of a window: UTC, MM/dd/yyyy HH:mm. */
function bound(DateTimeImmutable $time): string
{
    return $time->setTimezone(new DateTimeZone('UTC'))->format('m/d/Y H:i');
}

/** Yield the orders of a window, page by page. */
function pagesOf(Store $store, DateTimeImmutable $since, DateTimeImmutable $until): Generator
{
    $window = ['action' => 'export', 'start_date' => bound($since), 'end_date' => bound($until)];
    for ($page = 1, $pages = 1; $page <= $pages; $page++) {
        [$stated, $orders] = $store->request('GET', [...$window, 'page' => $page], readOrders(...));
        $pages = $page === 1 ? $stated : $pages; // some stores state it on the first page only
        yield $orders;
    }
}

function pull(array $options, Store $store): int
{
    $orders = load($options['state'], 'orders.json') ?? [];
    $meanings = load(dirname($options['statuses']), basename($options['statuses']));
    $leftOut = $unmapped = [];
    $problem = '';
    // A window that failed is requested again, together with the next one.
    $doneUntil = load($options['state'], 'window.json') ?? $options['since'];
    $since = min(new DateTimeImmutable($options['since']), new DateTimeImmutable($doneUntil));
    try {
        foreach (pagesOf($store, $since, new DateTimeImmutable($options['until'])) as $elements) {
            foreach ($elements as $element) {
                $order = makeOrder($element, $meanings);
                if (!hasAddress($order)) {
                    $leftOut[] = ['order_number' => $order['order_number'], 'reason' => 'no shipping address'];
                    continue;
                }
                if ($order['state'] === null && !in_array($order['status'], $unmapped, true)) {
                    $unmapped[] = $order['status'];
                }
                $orders[$order['order_number']] = $order; // the same order again is an update
            }
        }
        save($options['state'], 'window.json', $options['until']);
    } catch (Failed $trouble) {
        $problem = $trouble instanceof Refused ? 'refused' : $trouble->getMessage();
        say($trouble->getMessage());
    }
    save($options['state'], 'orders.json', (object) $orders); // PHP would write the keys 0, 1, 2 as a list
    $result = ['left_out' => $leftOut, 'unmapped_statuses' => $unmapped, 'problem' => $problem];
    file_put_contents($options['result'], json(['orders' => array_values($orders)] + $result));
    if ($problem !== '') {
        return 1;
    }
    sendOutbox($options, $store);
    return 0;
}

// ---------------------------------------------------------------------- ship

/** Return the text without the characters that no XML may have. */
function inXml(string $value): string
{
    return preg_replace('/[^\t\n\r\x20-\x{d7ff}\x{e000}-\x{fffd}\x{10000}-\x{10ffff}]/u', '', $value);
}

/** Return the body of a notification. It has only the elements for which there is a value. */
function notice(array $shipment): string
{
    $root = new SimpleXMLElement('<?xml version="1.0" encoding="utf-8"?><ShipNotice/>');
    $day = $shipment['shipped_on'];
    $fields = [
        'OrderID' => $shipment['order_id'],
        'OrderNumber' => $shipment['order_number'],
        'NotesToCustomer' => $shipment['notes'],
        'ShipDate' => $day ? (new DateTimeImmutable($day))->format('m/d/Y') : '',
        'Carrier' => $shipment['carrier'],
        'Service' => $shipment['service'],
        'TrackingNumber' => $shipment['tracking_number'],
        'ShippingCost' => $shipment['cost'] ?? '',
    ];
    foreach ($fields as $name => $value) {
        if ($value !== '') {
            $root->$name = inXml($value); // addChild($name, $value) would not escape &
        }
    }
    $items = $root->addChild('Items');
    foreach ($shipment['items'] as $each) {
        $item = $items->addChild('Item');
        $item->SKU = inXml($each['sku']);
        $item->Quantity = (string) $each['quantity'];
        $item->LineItemID = inXml($each['line_id']);
    }
    return $root->asXML();
}

/** Send the notifications that the store has not accepted yet. Return true if it has accepted all. */
function sendOutbox(array $options, Store $store): bool
{
    $waiting = load($options['state'], 'outbox.json') ?? [];
    $done = load($options['state'], 'accepted.json') ?? [];
    foreach ($waiting as $place => $shipment) {
        $parameters = ['action' => 'shipnotify'];
        foreach (['order_number', 'carrier', 'service', 'tracking_number'] as $name) {
            $parameters[$name] = $shipment[$name];
        }
        try {
            $store->request('POST', $parameters, fn () => null, notice($shipment));
        } catch (Failed $trouble) {
            say("the notification for order {$shipment['order_number']} waits: {$trouble->getMessage()}");
            if ($trouble instanceof Refused) {
                break;
            }
            continue;
        }
        unset($waiting[$place]);
        $done[] = $shipment;
        save($options['state'], 'accepted.json', $done);
        save($options['state'], 'outbox.json', array_values($waiting));
    }
    return $waiting === [];
}

function ship(array $options, Store $store): int
{
    $shipment = load(dirname($options['shipment']), basename($options['shipment']));
    $waiting = load($options['state'], 'outbox.json') ?? [];
    $known = [...$waiting, ...(load($options['state'], 'accepted.json') ?? [])];
    if (!in_array($shipment, $known, true)) {
        save($options['state'], 'outbox.json', [...$waiting, $shipment]); // before it is sent: it is never lost
    }
    return sendOutbox($options, $store) ? 0 : 1;
}

$options = [];
foreach (array_slice($argv, 2) as $word) { // --name=value
    [$name, $value] = explode('=', $word, 2);
    $options[ltrim($name, '-')] = $value;
}
$store = new Store($options['url'], $options['user'], getenv('STORE_PASSWORD'), (float) ($options['timeout'] ?? 30));
exit($argv[1] === 'ship' ? ship($options, $store) : pull($options, $store));

<?php
/*
 * A small shop with an endpoint for ShipStation that conforms. It needs PHP 8 with dom.
 *
 *     STORE_PASSWORD=… CONTROL_TOKEN=… STORE_FILE=/tmp/orders.json php -S 127.0.0.1:8000 store.php
 *
 * The URL for ShipStation is then http://127.0.0.1:8000/shipstation, the user name "ship-user". The control
 * protocol in control.php makes the shop testable: offer it in a test build, never in production.
 */
declare(strict_types=1);

require __DIR__ . '/control.php';

const USERNAME = 'ship-user';
const PER_PAGE = 50;
const BODY_LIMIT = 1 << 20;
const SHIPPED = 'Complete';
const STATUSES = [
    ['name' => 'Open', 'maps_to' => 'unpaid'],
    ['name' => 'Processed', 'maps_to' => 'paid'],
    ['name' => SHIPPED, 'maps_to' => 'shipped', 'shipped' => true],
    ['name' => 'Canceled', 'maps_to' => 'cancelled'],
    ['name' => 'Waiting for parts', 'maps_to' => null],
];
const GRAMS = ['g' => 1.0, 'kg' => 1000.0, 'oz' => 28.349523125, 'lbs' => 453.59237];
const LIMITS = [
    'SKU' => 50, 'Name' => 100, 'Company' => 100, 'Phone' => 50, 'Email' => 100, 'Address1' => 200,
    'Address2' => 200, 'City' => 100, 'State' => 100, 'PostalCode' => 50, 'OrderStatus' => 50,
    'ShippingMethod' => 100, 'PaymentMethod' => 50, 'CustomerNotes' => 1000, 'InternalNotes' => 1000,
    'GiftMessage' => 1000, 'Location' => 100, 'Value' => 100, 'ItemName' => 200,
];

/** A request that is refused: status as code, and a sentence for the client. */
class RefusedRequest extends Exception {}

/** The orders in the form of the control protocol's JSON, in a file that one request at a time can lock. */
class Shop
{
    public array $orders = [];
    public int $last = 1000;
    private $file;

    public function __construct(string $path)
    {
        $this->file = fopen($path, 'c+');
        flock($this->file, LOCK_EX);
        $kept = json_decode((string) stream_get_contents($this->file), true);
        if (is_array($kept)) {
            [$this->orders, $this->last] = [$kept['orders'], $kept['last']];
        }
    }

    public function save(): void
    {
        $json = json_encode(['orders' => (object) $this->orders, 'last' => $this->last], JSON_THROW_ON_ERROR);
        ftruncate($this->file, 0);
        rewind($this->file);
        fwrite($this->file, $json);
        fflush($this->file);
    }

    /** Return the orders last modified in a period, both ends included, oldest first. */
    public function modifiedIn(int $start, int $end): array
    {
        $found = array_filter($this->orders, function (array $order) use ($start, $end): bool {
            $at = strtotime($order['modified_at']);
            return $start <= $at && $at <= $end;
        });
        usort($found, fn (array $a, array $b): int =>
            [$a['modified_at'], $a['order_number']] <=> [$b['modified_at'], $b['order_number']]);
        return $found;
    }
}

// --- export ------------------------------------------------------------------------------------------

/** Return a page of the orders modified in a window. The minute of end_date belongs to it. */
function export(Shop $shop, array $query): string
{
    $start = bound($query, 'start_date');
    $end = bound($query, 'end_date') + 59;
    $page = text($query['page'] ?? '1');
    if (!preg_match('/^[1-9]\d{0,6}$/D', $page)) {
        throw new RefusedRequest('page must be a whole number from 1 on', 400);
    }
    // an order without a shipping address can't be shipped, so it is not exported
    $orders = array_values(array_filter($shop->modifiedIn($start, $end), fn ($order) => $order['customer']['shipping'] ?? null));
    $document = new DOMDocument('1.0', 'utf-8');
    $root = $document->appendChild($document->createElement('Orders'));
    $root->setAttribute('pages', (string) max(1, (int) ceil(count($orders) / PER_PAGE)));
    foreach (array_slice($orders, ((int) $page - 1) * PER_PAGE, PER_PAGE) as $order) {
        addOrder($root, $order);
    }
    return $document->saveXML();
}

/** Return a bound of the window: UTC, to the minute. */
function bound(array $query, string $name): int
{
    $given = text($query[$name] ?? '');
    $looks = preg_match('#^\d\d/\d\d/\d{4} \d\d:\d\d$#D', $given) === 1;
    $read = $looks ? DateTimeImmutable::createFromFormat('!m/d/Y H:i', $given, new DateTimeZone('UTC')) : false;
    if ($read === false || $read->format('m/d/Y H:i') !== $given) {
        throw new RefusedRequest("$name must be written like 03/23/2012 21:09", 400);
    }
    return $read->getTimestamp();
}

/** Return the XML of an order. All values are the order's own, not those of today's catalogue. */
function addOrder(DOMNode $root, array $order): void
{
    $customer = $order['customer'];
    [$billing, $shipping] = [$customer['billing'], $customer['shipping']];
    $own = [$customer['phone'] ?? '', $customer['account']['phone'] ?? ''];
    $element = put($root, 'Order');
    $values = [
        'OrderID' => $order['order_id'],
        'OrderNumber' => $order['order_number'],
        'OrderDate' => usDate($order['placed_at']),
        'OrderStatus' => $order['status'],
        'LastModified' => usDate($order['modified_at']),
        'ShippingMethod' => $order['shipping_method'],
        'PaymentMethod' => $order['payment_method'],
        'CurrencyCode' => $order['currency'],
        'OrderTotal' => money($order['total']),
        'TaxAmount' => money($order['tax']),
        'ShippingAmount' => money($order['shipping_amount']),
        'CustomerNotes' => $order['customer_notes'],
        'InternalNotes' => $order['internal_notes'],
        'Gift' => $order['gift'] ? 'true' : 'false',
    ];
    if ($order['gift'] && $order['gift_message'] !== '') {
        $values['GiftMessage'] = $order['gift_message'];
    }
    putAll($element, $values);
    $buyer = put($element, 'Customer');
    $code = firstOf($customer['code'] ?? '', strtolower($customer['email'] ?? ''), $order['order_id']);
    put($buyer, 'CustomerCode', cleaned($code, 50));
    putAll(put($buyer, 'BillTo'), [
        'Name' => firstOf($billing['name'] ?? '', $shipping['name'] ?? ''),
        'Company' => $billing['company'] ?? '',
        'Phone' => firstOf($billing['phone'] ?? '', ...$own),
        'Email' => $customer['email'] ?? '',
    ]);
    putAll(put($buyer, 'ShipTo'), [
        'Name' => firstOf($shipping['name'] ?? '', $shipping['company'] ?? '', $billing['name'] ?? ''),
        'Company' => $shipping['company'] ?? '',
        'Address1' => $shipping['address1'] ?? '',
        'Address2' => $shipping['address2'] ?? '',
        'City' => $shipping['city'] ?? '',
        'State' => stateCode($shipping),
        'PostalCode' => $shipping['postal_code'] ?? '',
        'Country' => $shipping['country'] ?? '',
        'Phone' => firstOf($shipping['phone'] ?? '', $billing['phone'] ?? '', ...$own),
    ]);
    $items = put($element, 'Items');
    foreach ($order['items'] as $item) {
        addItem($items, $item);
    }
    foreach ($order['discounts'] as $discount) {
        if ((float) $discount['amount'] <= 0) {
            continue;
        }
        putAll(put($items, 'Item'), [
            'SKU' => $discount['coupon'] ?? '',
            'Name' => $discount['name'],
            'Quantity' => '1',
            'UnitPrice' => '-' . money($discount['amount']),
            'Adjustment' => 'true',
        ]);
    }
}

/** Return the XML of a line. Weight and price are those of one unit. */
function addItem(DOMNode $items, array $item): void
{
    $element = put($items, 'Item');
    $image = $item['image_url'] ?? '';
    putAll($element, [
        'LineItemID' => $item['line_id'],
        'SKU' => $item['sku'] ?? '',
        'Quantity' => (string) $item['quantity'],
        'UnitPrice' => money($item['unit_price'] ?? '0'),
        'ImageUrl' => strlen($image) <= 500 ? $image : '',
        'Location' => $item['location'] ?? '',
        'Weight' => grams($item['weight'] ?? null),
        'WeightUnits' => 'Grams',
    ]);
    put($element, 'Name', cleaned($item['name'] ?? '', LIMITS['ItemName']));
    $options = array_slice($item['options'] ?? [], 0, 10);
    $listed = $options ? put($element, 'Options') : null;
    foreach ($options as $option) {
        putAll(put($listed, 'Option'), [
            'Name' => $option['name'],
            'Value' => $option['value'],
            'Weight' => grams($option['weight'] ?? null),
        ]);
    }
}

/** Add an element. A text node escapes special characters. */
function put(DOMNode $parent, string $name, string $text = ''): DOMNode
{
    $document = $parent->ownerDocument ?? $parent;
    $element = $parent->appendChild($document->createElement($name));
    $element->appendChild($document->createTextNode($text));
    return $element;
}

function putAll(DOMNode $parent, array $values): void
{
    foreach ($values as $name => $text) {
        put($parent, $name, cleaned(trim($text), LIMITS[$name] ?? 500));
    }
}

/** Return the text without characters that XML forbids, cut between characters. */
function cleaned(string $text, int $limit): string
{
    $allowed = preg_replace('/[^\x{9}\x{A}\x{D}\x{20}-\x{D7FF}\x{E000}-\x{FFFD}\x{10000}-\x{10FFFF}]/u', '', $text);
    preg_match("/^.{0,$limit}/us", $allowed ?? '', $cut);
    return $cut[0] ?? '';
}

/** Return a time as ShipStation reads it: UTC, 24 hours. */
function usDate(string $time): string
{
    return gmdate('m/d/Y H:i:s', strtotime($time));
}

function money(string|int|float $amount): string
{
    return number_format(round((float) $amount, 2), 2, '.', '');
}

/** Return a weight in grams; 0 for no weight. */
function grams(?array $weight): string
{
    return $weight ? money((float) $weight['value'] * GRAMS[$weight['unit']]) : '0.00';
}

/** Return a US or Canadian state as two letters, whether the shop stores its name or its code. */
function stateCode(array $address): string
{
    $state = $address['state'] ?? '';
    if (in_array($address['country'] ?? '', ['US', 'CA'], true)) {
        foreach (file(__DIR__ . '/../states.tsv', FILE_IGNORE_NEW_LINES) as $line) {
            [$name, $code] = explode("\t", $line);
            if ($name === strtolower(trim($state))) {
                return $code;
            }
        }
    }
    return $state;
}

/** Return the first text that is not blank. */
function firstOf(?string ...$texts): string
{
    foreach ($texts as $text) {
        if (trim($text ?? '') !== '') {
            return $text;
        }
    }
    return '';
}

/** Return a parameter as text. An array (a[]=…) counts as no text; text that is not UTF-8 is refused. */
function text(mixed $given): string
{
    $given = is_string($given) ? $given : '';
    return preg_match('//u', $given) === 1 ? $given : throw new RefusedRequest('a parameter is not UTF-8', 400);
}

// --- shipnotify --------------------------------------------------------------------------------------

/** Record a shipment. Order and tracking number identify it, so that a repetition changes nothing. */
function shipnotify(Shop $shop, array $query, string $body): void
{
    $notice = parsed($body);
    $of = fn (string $name): string => trim($notice->getElementsByTagName($name)->item(0)?->textContent ?? '');
    $number = trim(firstOf(text($query['order_number'] ?? ''), $of('OrderNumber')));
    $tracking = firstOf(text($query['tracking_number'] ?? ''), $of('TrackingNumber'));
    if (!isset($shop->orders[$number])) {
        throw new RefusedRequest('there is no such order', 404);
    }
    $order = $shop->orders[$number];
    foreach ($order['shipments'] as $parcel) {
        if ($tracking !== '' && $parcel['tracking_number'] === $tracking) {
            return;
        }
    }
    $order['shipments'][] = [
        'tracking_number' => $tracking,
        'carrier' => firstOf(text($query['carrier'] ?? ''), $of('Carrier')),
        'service' => firstOf(text($query['service'] ?? ''), $of('Service')),
        'cost' => preg_match('/^\d+(\.\d+)?$/D', $of('ShippingCost')) ? $of('ShippingCost') : null,
        'notes' => $notice->getElementsByTagName('NotesToCustomer')->item(0)?->textContent ?? '',
        'shipped_on' => preg_match('#^(\d{1,2})/(\d{1,2})/(\d{4})$#D', $of('ShipDate'), $day)
            ? sprintf('%04d-%02d-%02d', $day[3], $day[1], $day[2]) : null,
        'items' => itemsOf($order, $notice),
    ];
    $open = array_filter($order['items'], fn ($item) => ($item['shippable'] ?? true) && left($order, $item) > 0);
    if (!$open) {
        $order['status'] = SHIPPED;
    }
    $order['modified_at'] = gmdate('Y-m-d\TH:i:s\Z');
    $shop->orders[$number] = $order;
    $shop->save();
}

/** Return the notification. It never has a document type, so that one with entities is refused. */
function parsed(string $body): DOMDocument
{
    $document = new DOMDocument();
    libxml_use_internal_errors(true);
    if (trim($body) === '' || !$document->loadXML($body, LIBXML_NONET)) {
        throw new RefusedRequest('the body is not well-formed XML', 400);
    }
    if ($document->doctype !== null || $document->documentElement->tagName !== 'ShipNotice') {
        throw new RefusedRequest('the body is not a ShipNotice without document type', 400);
    }
    return $document;
}

/** Return the items of the parcel: the lines that are named, or else everything that is not shipped yet. */
function itemsOf(array $order, DOMDocument $notice): array
{
    $named = iterator_to_array($notice->getElementsByTagName('Item'));
    if (!$named) {
        $open = array_filter($order['items'], fn ($item) => left($order, $item) > 0);
        return array_values(array_map(fn ($item) => shippedItem($item, left($order, $item)), $open));
    }
    $shipped = [];
    foreach ($named as $each) {
        $of = fn (string $name): string => trim($each->getElementsByTagName($name)->item(0)?->textContent ?? '');
        $quantity = ctype_digit($of('Quantity')) ? (int) $of('Quantity') : 0;
        $lines = array_filter($order['items'], fn ($item) => $of('LineItemID') !== '' && $item['line_id'] === $of('LineItemID'));
        // an item is named by its SKU as the export has it, cut where it is too long
        $lines = $lines ?: array_filter($order['items'], fn ($item) => exportedSku($item) === $of('SKU'));
        foreach ($lines as $item) {
            $taken = array_filter($shipped, fn ($one) => $one['line_id'] === $item['line_id']);
            $now = min($quantity, left($order, $item) - array_sum(array_column($taken, 'quantity')));
            if ($now > 0) {
                $shipped[] = shippedItem($item, $now);
                $quantity -= $now;
            }
        }
        if ($lines && $quantity > 0) {
            throw new RefusedRequest('the quantity is higher than the quantity left to ship', 409);
        }
    }
    return $shipped;
}

/** Return the SKU of a line as the export has it. */
function exportedSku(array $item): string
{
    return trim(cleaned(trim($item['sku'] ?? ''), LIMITS['SKU'] ?? 500));
}

/** Return how many units of a line are not shipped yet. */
function left(array $order, array $item): int
{
    $shipped = 0;
    foreach ($order['shipments'] as $parcel) {
        foreach ($parcel['items'] as $one) {
            $shipped += $one['line_id'] === $item['line_id'] ? $one['quantity'] : 0;
        }
    }
    return $item['quantity'] - $shipped;
}

function shippedItem(array $item, int $quantity): array
{
    return ['line_id' => $item['line_id'], 'sku' => $item['sku'] ?? '', 'quantity' => $quantity];
}

// --- HTTP --------------------------------------------------------------------------------------------

function respond(int $status, string $body, string $type): never
{
    http_response_code($status);
    if ($status === 401) {
        header('WWW-Authenticate: Basic realm="shop"');
    }
    header("Content-Type: $type");
    header('Cache-Control: no-store');
    header('Content-Length: ' . strlen($body));
    echo $body;
    exit;
}

/** Carry out one of ShipStation's two actions. */
function shipstation(): string
{
    $user = $_SERVER['PHP_AUTH_USER'] ?? '';
    $password = $_SERVER['PHP_AUTH_PW'] ?? '';
    if (!hash_equals(USERNAME, $user) || !hash_equals((string) getenv('STORE_PASSWORD'), $password)) {
        throw new RefusedRequest('user name or password is wrong', 401);
    }
    if ((int) ($_SERVER['CONTENT_LENGTH'] ?? 0) > BODY_LIMIT) {
        throw new RefusedRequest('the body is too large', 413);
    }
    $action = text($_GET['action'] ?? '');
    $shop = new Shop((string) getenv('STORE_FILE'));
    if ($action === 'export') {
        return export($shop, $_GET);
    }
    if ($action !== 'shipnotify') {
        throw new RefusedRequest('action must be export or shipnotify', 400);
    }
    if ($_SERVER['REQUEST_METHOD'] !== 'POST') {
        throw new RefusedRequest('a notification must be sent by POST', 405);
    }
    shipnotify($shop, $_GET, (string) file_get_contents('php://input'));
    return '';
}

ini_set('display_errors', '0');
try {
    if (str_starts_with($_SERVER['REQUEST_URI'], '/control/v1/') && getenv('CONTROL_TOKEN')) {
        [$status, $reply] = control(new Shop((string) getenv('STORE_FILE')));
        respond($status, $reply === null ? '' : json_encode($reply, JSON_THROW_ON_ERROR), 'application/json');
    }
    respond(200, shipstation(), 'application/xml; charset=utf-8');
} catch (RefusedRequest $refused) {
    respond($refused->getCode(), $refused->getMessage() . "\n", 'text/plain; charset=utf-8');
} catch (Throwable) {
    respond(500, "failed\n", 'text/plain; charset=utf-8');
}

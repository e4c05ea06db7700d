Feature: Discounts and coupons

  Discounts arrive as adjustments, and each is subtracted only once.

  @DIS-1 @must
  Rule: DIS-1 · A discount on the order arrives as an Item with Adjustment true
    Source: S16 "ShipStation imports the discounts and coupons of the order"; guide, item fields

    @truth
    Scenario: DIS-1, As an adjustment
      Given the exported orders and the store's own records of them
      And only those with a discount on the order
      Then the discount is an Item with Adjustment true

    @truth
    Scenario: DIS-1, Orders with a discount arrive
      Given the store's orders with a discount
      Then none of the orders is missing because of this property

    @notify
    Scenario: DIS-1, After a change
      Given the orders that were exported again after a change, and what the store should hold of them
      And only those with a discount on the order
      Then the discount is an Item with Adjustment true

  @DIS-2 @must
  Rule: DIS-2 · Every adjustment has a negative UnitPrice
    Source: guide, item fields; bug, a discount has a positive price

    @wire
    Scenario: DIS-2, Negative prices
      Given the exported orders
      And only those with an adjustment
      Then every adjustment has a negative UnitPrice

  @DIS-3 @must
  Rule: DIS-3 · The adjustments add up to the order's discount
    Source: S16 "ShipStation imports the discounts and coupons of the order";
      bug, only one of several discounts is exported

    @truth
    Scenario: DIS-3, The sum
      Given the exported orders and the store's own records of them
      And only those with a discount on the order
      Then the adjustments add up to the order's discount

    @notify
    Scenario: DIS-3, After a change
      Given the orders that were exported again after a change, and what the store should hold of them
      And only those with a discount on the order
      Then the adjustments add up to the order's discount

  @DIS-4 @must
  Rule: DIS-4 · A coupon is recognisable: its code is in the adjustment's name or SKU
    Source: S16 "ShipStation imports the discounts and coupons of the order"

    @truth
    Scenario: DIS-4, Coupon codes
      Given the exported orders and the store's own records of them
      And only those with a coupon
      Then each coupon's code is in an adjustment's name or SKU

    @truth
    Scenario: DIS-4, Orders with a coupon arrive
      Given the store's orders with a coupon
      Then none of the orders is missing because of this property

    @notify
    Scenario: DIS-4, After a change
      Given the orders that were exported again after a change, and what the store should hold of them
      And only those with a coupon
      Then each coupon's code is in an adjustment's name or SKU

  @DIS-5 @must
  Rule: DIS-5 · An order without a discount has no adjustment
    Source: bug, an order without a discount has an adjustment of 0.00

    @truth
    Scenario: DIS-5, Orders at full price
      Given the exported orders and the store's own records of them
      And only those with no discount at all
      Then there is no adjustment

    @notify
    Scenario: DIS-5, After a change
      Given the orders that were exported again after a change, and what the store should hold of them
      And only those with no discount at all
      Then there is no adjustment

  @DIS-6 @must
  Rule: DIS-6 · If an order has several discounts, all of them arrive (as one adjustment or several, with the right sum)
    Source: S16 "ShipStation imports the discounts and coupons of the order"

    @truth
    Scenario: DIS-6, Several at once
      Given the exported orders and the store's own records of them
      And only those with several discounts
      Then all discounts arrive

    @notify
    Scenario: DIS-6, After a change
      Given the orders that were exported again after a change, and what the store should hold of them
      And only those with several discounts
      Then all discounts arrive

  @DIS-7 @must
  Rule: DIS-7 · A discount on a line is subtracted only once: prices and adjustments together give what was charged
    Source: bug, a line's discount is in its price and in an adjustment

    @truth
    Scenario: DIS-7, A discount on a line
      Given the exported orders and the store's own records of them
      And only those with a discount on a line
      Then price and adjustments together give what was charged

    @notify
    Scenario: DIS-7, After a change
      Given the orders that were exported again after a change, and what the store should hold of them
      And only those with a discount on a line
      Then price and adjustments together give what was charged
